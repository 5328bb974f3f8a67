# shellcheck shell=sh
# The way into rescue, and the one way out of it: a reboot.
#
# Sourced by the boot stage. Invariant: comes back only when rescue is not in this image or cannot run here; then the
# caller has its other answers.

# enter_rescue REASON: REASON is said where lifeboot left no better one.
enter_rescue() {
	[ -r /etc/lifeboot/rescue.conf ] || return 1
	say "RESCUE: $1"
	[ -e "$LB_RUN/rescue" ] || printf 'reason\t%s\n' "$1" >"$LB_RUN/rescue"
	[ -e "$LB_RUN/boot.json" ] || write_boot_record "$lb_started" rescue || say "cannot write boot.json, ignoring"
	feed_watchdog
	# Rescue knows its own time; this is for one that hangs.
	run_limited "${LIFEBOOT_RESCUE_LIMIT:-50000}" busybox env -i "PATH=$PATH" sh "$LB_SHARE/rescue.sh"
	case $lb_outcome in
	'exit 0' | limit | stuck) reboot_now "rescue is over" ;;
	'exit 1') degrade "rescue cannot run on this node" ;;
	*) degrade "rescue ended unexpectedly ($lb_outcome)" ;;
	esac
	# Ended by this signal, it stops the watchdog as well.
	! is_first_stage || busybox killall -q -TERM watchdog
	busybox rm -f "$LB_RUN/rescue"
	return 1
}

# rescue_comes_first: whether it has its turn before the roots of the fallback, by the kernel's random boot id where nothing
# counts the boots. A lifeboot that fails at each boot counts none: the roots may all boot without it, and none be reached.
# Nor does one that could not write down that this round is over: every boot would come here alike.
rescue_comes_first() {
	read -r lb_boot_id </proc/sys/kernel/random/boot_id || lb_boot_id=
	if [ "$lb_outcome" != 'exit 69' ]; then
		case $lb_boot_id in *[c-f]) return 0 ;; *) return 1 ;; esac
	fi
	busybox grep -q '^unsaved' "$LB_RUN/rescue" 2>/dev/null || return 0
	case $lb_boot_id in *[89a-f]) return 1 ;; esac
}
