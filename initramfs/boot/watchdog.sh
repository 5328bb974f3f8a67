# shellcheck shell=sh
# The hardware watchdog of a fallback boot: armed as lifeboot itself would, for systemd alone, which is told of it.
#
# Invariants: only PID 1 of an initramfs touches it, because a watchdog that nobody feeds resets the machine; and it never
# runs while systemd was not told to feed it.

# stop_watchdog: one that lifeboot armed before it failed would reset the node while other roots are tried.
stop_watchdog() {
	lb_device=${LIFEBOOT_WATCHDOG_DEVICE:-/dev/watchdog}
	is_first_stage && [ -c "$lb_device" ] || return 0
	read -r lb_state <"/sys/class/watchdog/$(watchdog_name)/state" || lb_state=
	[ "$lb_state" = active ] || return 0
	# Where it cannot be stopped, this at least feeds it once.
	printf V >"$lb_device" || :
} 2>/dev/null

watchdog_name() {
	case ${lb_device##*/} in watchdog) echo watchdog0 ;; *) echo "${lb_device##*/}" ;; esac
}

# arm_watchdog ROOT: the last thing before the root is entered. Its init's path is in $LB_RUN/init.
arm_watchdog() {
	lb_device=${LIFEBOOT_WATCHDOG_DEVICE:-/dev/watchdog}
	[ "${LIFEBOOT_WATCHDOG:-60}" -gt 0 ] && is_first_stage && [ -c "$lb_device" ] || return 0
	read -r lb_init <"$LB_RUN/init" && resolve_in_root "$1" "$lb_init" || return 0
	if [ "${lb_resolved##*/}" != systemd ]; then
		degrade "the watchdog is not armed: the init '$lb_init' would not feed it"
		return 0
	fi
	lb_word=$(overruling_word)
	if [ -n "$lb_word" ]; then
		LIFEBOOT_WATCHDOG=0
		write_manager_conf
		degrade "the watchdog is not armed: '$lb_word' on the kernel command line is what systemd goes by"
		return 0
	fi
	# Killed, busybox cannot write the character that would stop it.
	# shellcheck disable=SC2016
	run_limited 1 sh -c 'exec busybox watchdog -T "$1" -F "$2" 2>"$3"' sh \
		"${LIFEBOOT_WATCHDOG:-60}" "$lb_device" "$LB_RUN/watchdog.said"
	busybox grep -q SETTIMEOUT "$LB_RUN/watchdog.said" || return 0
	stop_watchdog
	LIFEBOOT_WATCHDOG=0
	write_manager_conf
	degrade "the watchdog is not armed: its time-out cannot be set"
}

# overruling_word: what on the kernel command line tells systemd of a watchdog, over every file; nothing: none does.
overruling_word() {
	read -r lb_words </proc/cmdline || lb_words=
	for lb_word in $lb_words; do
		case $lb_word in systemd.watchdog[-_]sec=?* | systemd.watchdog[-_]device=?*) echo "$lb_word" && return 0 ;; esac
	done
}

# feed_watchdog: for rescue, where the kernel may hang as well. Fed until the reboot, and often: a device that does not
# take the time-out has a short one of its own.
feed_watchdog() {
	lb_device=${LIFEBOOT_WATCHDOG_DEVICE:-/dev/watchdog}
	[ "${LIFEBOOT_WATCHDOG:-60}" -gt 0 ] && is_first_stage && [ -c "$lb_device" ] || return 0
	busybox watchdog -T "${LIFEBOOT_WATCHDOG:-60}" -t 3 "$lb_device" || say "cannot feed the watchdog, ignoring"
}
