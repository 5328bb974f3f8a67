#!/bin/sh
# Rescue: network, sshd and reverse tunnel in the initramfs, until its time is over.
#
# Runs as a process of its own, under a limit. Exit 0: its time is over, or an operator has asked for the reboot.
# Exit 1: it cannot run here; it was said why, and nothing of it is left. Needs busybox and OpenSSH, not lifeboot.
# Invariant: nobody gets a prompt but through the tunnel, and the tunnel goes to the pinned server only.

LB_SHARE=${0%/*}
# shellcheck source=/dev/null
for lb_part in say run-limited in-root identity rescue-needs rescue-net rescue-sshd rescue-tunnel; do . "$LB_SHARE/$lb_part.sh"; done

# Somebody who is logged in is not thrown out for this long after the time is over.
LONGEST_VISIT=21600

uptime_seconds() {
	read -r lb_uptime lb_rest </proc/uptime || lb_uptime=0
	printf '%s\n' "${lb_uptime%%.*}"
}

# is_over: sets why.
is_over() {
	if [ -e "$LB_RUN/rescue.end" ]; then
		read -r why <"$LB_RUN/rescue.end" || why='an operator asked for it'
		return 0
	fi
	now=$(uptime_seconds)
	[ "$now" -ge "$ends" ] || return 1
	if [ "$now" -lt "$((ends + LONGEST_VISIT))" ] && somebody_is_here; then return 1; fi
	why='its time is over'
}

# pause SECONDS: fails as soon as rescue is over.
pause() {
	left=$1
	while [ "$left" -gt 0 ]; do
		is_over && return 1
		keep_sshd
		busybox sleep 1
		left=$((left - 1))
	done
}

# is_running PID: neither gone nor waiting to be collected.
is_running() {
	[ -n "$1" ] || return 1
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	case $stat in *') Z '*) return 1 ;; esac
}

# end_process PID
end_process() {
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null || return 0
	for _ in 1 2 3 4 5; do
		is_running "$1" || return 0
		busybox sleep 1
	done
	kill -9 "$1" 2>/dev/null
}

# note_now PORT HOST: what `lifeboot rescue status` shows.
note_now() {
	printf 'ends\t%s\nport\t%s\nhost\t%s\n' "$ends" "$1" "$2" >"$LB_RUN/rescue.now.new"
	busybox mv -f "$LB_RUN/rescue.now.new" "$LB_RUN/rescue.now"
}

# Every wired port in turn, for ever; ports that appear late are found in the next turn.
go_round() {
	until is_over; do
		for port in $(wired_ports); do
			is_over && return
			if use_port "$port"; then call_home "$port"; fi
			leave_port "$port"
		done
		pause 3 || return
	done
}

clean_up() {
	end_process "$ssh"
	stop_lease_client
	for port in $(wired_ports); do leave_port "$port"; done
	end_process "$sshd"
	busybox rm -f "$LB_RUN/rescue.now"
}

ssh='' sshd='' lease_client='' why='nobody knows why'
busybox rm -f "$LB_RUN/rescue.end"
read_settings
trap clean_up EXIT
prepare || exit 1
ends=$(($(uptime_seconds) + seconds))
say "rescue for $seconds s, then a reboot: nobody gets in but through the tunnel, with a key"
go_round
say "rescue ends: $why"
# So that the answer of `lifeboot rescue retry` still goes out.
busybox sleep 2
exit 0
