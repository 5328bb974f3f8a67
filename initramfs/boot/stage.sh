# shellcheck shell=sh
# The initramfs stage in shell: runs `lifeboot boot` and decides what its end means.
#
# Sourced by the standalone /init and by the initramfs-tools script. POSIX sh: busybox ash and klibc's dash.
# Invariant: boot_stage returns only with a root that can be entered; every other way ends in a reboot, none in a prompt.

LB_SHARE=${LB_SHARE:-/usr/share/lifeboot}
for lb_part in say run-limited last-resort in-root clock; do
	# shellcheck source=/dev/null
	. "$LB_SHARE/$lb_part.sh"
done

# boot_stage ROOT: assembles the new root there; its init's path is then in $LB_RUN/init.
boot_stage() {
	busybox mkdir -p "$LB_RUN" "$1"
	# So that the running system can tell which image it was started by.
	[ ! -r /etc/lifeboot/image-id ] || busybox cp /etc/lifeboot/image-id "$LB_RUN/image-id"
	# Left by the image's builder; says how long lifeboot may take.
	# shellcheck source=/dev/null
	[ ! -r /etc/lifeboot/initramfs.conf ] || . /etc/lifeboot/initramfs.conf
	set_clock_forward
	lb_started=$(milliseconds)
	run_lifeboot "$1"
	case $lb_outcome in
	'exit 0')
		root_is_ready "$1" && honour_asked_init "$1" && return 0
		degrade "lifeboot ended well, but left no root with an init at '$1'"
		;;
	'exit 75') reboot_now "lifeboot asked for a reboot" ;;
	*) degrade "$(describe_outcome)" ;;
	esac
	for lb_part in find-device identity boot-record deadline watchdog fallback enter-rescue; do
		# shellcheck source=/dev/null
		. "$LB_SHARE/$lb_part.sh"
	done
	if [ "$lb_outcome" = 'exit 69' ]; then
		! rescue_comes_first || enter_rescue "lifeboot found nothing that can be booted"
	elif rescue_comes_first && [ -r /etc/lifeboot/rescue.conf ]; then
		clear_half_done "$1"
		enter_rescue "lifeboot itself fails, and this boot is not left to the roots"
	fi
	say "booting the first root that works, without lifeboot"
	fall_back "$1" "$lb_started" && return 0
	enter_rescue "lifeboot booted nothing, and no root works without it"
	say "no root works; the next try is after a reboot in 60 s"
	busybox sleep "${LIFEBOOT_LAST_PAUSE:-60}"
	reboot_now "no root works"
}

# run_lifeboot ROOT: what it prints goes to the console at once, and into boot.log for the system booted later.
run_lifeboot() {
	lb_outcome='exit 127'
	[ -x /usr/bin/lifeboot ] || return 0
	busybox mkfifo "$LB_RUN/boot.pipe"
	busybox tee -a "$LB_RUN/boot.log" <"$LB_RUN/boot.pipe" >&2 &
	lb_tee=$!
	run_limited "${LIFEBOOT_LIMIT:-180}" busybox env -i "PATH=$PATH" sh -c 'exec lifeboot boot --root "$1" >"$2" 2>&1' sh "$1" "$LB_RUN/boot.pipe"
	# tee ends with the last writer. One that was left behind must not keep it.
	[ "$lb_outcome" != stuck ] || kill "$lb_tee" 2>/dev/null || :
	busybox rm -f "$LB_RUN/boot.pipe"
}

# describe_outcome: $lb_outcome in words.
describe_outcome() {
	lb_code=${lb_outcome#exit }
	case $lb_outcome in
	limit) echo "lifeboot did not end within ${LIFEBOOT_LIMIT:-180} s and was killed" ;;
	stuck) echo "lifeboot is stuck in uninterruptible sleep after ${LIFEBOOT_LIMIT:-180} s and was left behind" ;;
	'exit 126' | 'exit 127') echo "lifeboot is missing from this initramfs, or cannot be started" ;;
	'exit 69') echo "lifeboot found nothing that can be booted" ;;
	'exit '*)
		[ "$lb_code" -gt 128 ] && echo "lifeboot was ended by signal $((lb_code - 128))" && return 0
		echo "lifeboot failed with exit code $lb_code"
		;;
	*) echo "lifeboot ended in an unknown way ('$lb_outcome')" ;;
	esac
}

# root_is_ready ROOT: something is mounted there, and the init that was checked is still there.
root_is_ready() {
	read -r lb_init <"$LB_RUN/init" || return 1
	is_mounted "$1" && resolve_in_root "$1" "$lb_init" && [ -x "$1$lb_resolved" ]
} 2>/dev/null

# honour_asked_init ROOT: `init=` on the kernel command line is somebody's choice for this one boot.
honour_asked_init() {
	lb_choice=$(asked_init)
	[ -n "$lb_choice" ] || return 0
	if resolve_in_root "$1" "$lb_choice" && [ -f "$1$lb_resolved" ] && [ -x "$1$lb_resolved" ]; then
		printf '%s\n' "$lb_choice" >"$LB_RUN/init"
	else
		say "this root has no program '$lb_choice', as init= asks for, ignoring"
	fi
}

is_mounted() {
	while read -r lb_rest lb_mount lb_rest; do
		[ "$lb_mount" != "$1" ] || return 0
	done </proc/self/mounts
	return 1
}

# is_first_stage: these files are also run by tests, on machines whose watchdog and clock are none of our business.
is_first_stage() {
	[ "$$" = 1 ] || return 1
	case $(busybox stat -f -c %t /) in 1021994 | 858458f6) ;; *) return 1 ;; esac
}
