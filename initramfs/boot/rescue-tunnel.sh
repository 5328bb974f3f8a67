# shellcheck shell=sh
# The tunnel of rescue: each of the server's addresses in turn, by the command lines that lifeboot made.
#
# Invariant: a command line is taken as it was made, argument by argument: nothing is added, nothing is expanded.

# How long ssh may take to be let in; its own limits end most of what hangs sooner.
LOGIN_LIMIT=${LIFEBOOT_LOGIN_LIMIT:-60}

# call_home PORT: until every address has failed, or rescue is over.
call_home() {
	turn=1
	while [ -s "$LB_RUN/rescue.ssh.$turn" ]; do
		is_over && return
		note_now "$1" "$(busybox tail -n 1 "$LB_RUN/rescue.ssh.$turn")"
		run_tunnel "$LB_RUN/rescue.ssh.$turn"
		# An address that worked is asked again; when it is really gone, that fails, and the next one has its turn.
		[ "$was_up" = yes ] || turn=$((turn + 1))
		pause 5 || return
	done
}

# run_tunnel COMMAND: sets was_up.
run_tunnel() {
	set -- "$1"
	while IFS= read -r lb_argument; do set -- "$@" "$lb_argument"; done <"$1"
	shift
	# With a stale socket there, ssh would run without one.
	busybox rm -f "$LB_RUN/tunnel.ctl"
	[ ! -e "$LB_RUN/tunnel.log" ] || busybox mv -f "$LB_RUN/tunnel.log" "$LB_RUN/tunnel.log.1"
	: >"$LB_RUN/tunnel.log"
	"$@" </dev/null >/dev/null 2>>"$LB_RUN/tunnel.log" &
	ssh=$!
	was_up=no
	watch_tunnel
	end_process "$ssh"
	ssh=
	say "tunnel: $(busybox tail -n 1 "$LB_RUN/tunnel.log" | busybox tr -cd '\040-\176')"
}

watch_tunnel() {
	lb_deadline=$(($(uptime_seconds) + LOGIN_LIMIT))
	while is_running "$ssh"; do
		if [ "$was_up" = no ] && [ -S "$LB_RUN/tunnel.ctl" ]; then
			was_up=yes
			say "the tunnel is up"
		fi
		[ "$was_up" = yes ] || [ "$(uptime_seconds)" -lt "$lb_deadline" ] || return
		pause 1 || return
	done
}
