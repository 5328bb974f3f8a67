# shellcheck shell=sh
# Runs a program for a limited time, and never waits for one that cannot be killed.
#
# A process in uninterruptible sleep ignores SIGKILL and makes wait(2) block for ever; PID 1 must not share its
# fate. So nobody waits here: the program's end and the limit both arrive as a line in a pipe, first come, first read.
# That also costs no polling.

lb_serial=0

# run_limited SECONDS PROGRAM [ARGUMENT...]
# Sets lb_outcome: `exit N`, `limit` (killed at the limit), or `stuck` (could not be killed and was left behind).
run_limited() {
	lb_seconds=$1
	shift
	lb_serial=$((lb_serial + 1))
	lb_job=$LB_RUN/job.$$.$lb_serial
	lb_outcome='exit 126'
	busybox mkdir -p "$lb_job" && busybox mkfifo "$lb_job/events" || return 0
	# Opened for both ways so that no open, read or write here waits for a partner.
	exec 9<>"$lb_job/events"
	(
		# A session of its own: the kill below reaches what the program started, too.
		busybox setsid "$@" </dev/null 9>&- &
		echo "$!" >"$lb_job/pid"
		wait "$!"
		echo "exit $?" >&9
	) &
	lb_waiter=$!
	send_later "$lb_seconds" limit
	read -r lb_outcome <&9 || :
	stop_sender
	[ "$lb_outcome" != limit ] || kill_job
	exec 9>&-
	busybox rm -rf "$lb_job"
}

# send_later SECONDS LINE: writes LINE into the pipe after a while, unless stopped.
send_later() {
	busybox setsid sh -c 'busybox sleep "$1"; echo "$2" >&9' sh "$1" "$2" </dev/null &
	lb_sender=$!
}

stop_sender() {
	kill -9 "-$lb_sender" 2>/dev/null || kill -9 "$lb_sender" 2>/dev/null || :
}

# kill_job: ends the program at its limit; gives it two seconds to disappear.
kill_job() {
	read -r lb_pid <"$lb_job/pid" || return 0
	kill -9 "-$lb_pid" 2>/dev/null || kill -9 "$lb_pid" 2>/dev/null || :
	send_later 2 late
	read -r lb_reply <&9 || lb_reply=late
	stop_sender
	[ "$lb_reply" = late ] || return 0
	lb_outcome=stuck
	kill -9 "$lb_waiter" 2>/dev/null || :
}
