# shellcheck shell=sh
# Boots something when lifeboot itself cannot: a root of a baked list that works, read-only under a tmpfs.
#
# Needs nothing but busybox and the kernel. Invariant: never writes to a disk, and never waits for one without a limit.

LB_LIST=/etc/lifeboot/fallback-roots

# fall_back ROOT STARTED_MS: 0 when a root is assembled at ROOT and $LB_RUN/init names its init; otherwise 1.
fall_back() {
	stop_watchdog
	clear_half_done "$1"
	lb_number=0
	lb_wait=${LIFEBOOT_DEVICE_WAIT:-20}
	rotated_list >"$LB_RUN/fallback-roots"
	while read -r lb_source <&8; do
		lb_number=$((lb_number + 1))
		lb_try=$LB_RUN/try.$lb_number
		run_limited "$((lb_wait + 60))" sh "$LB_SHARE/try-root.sh" "$lb_source" "$lb_try" "$lb_wait"
		# The devices had their time with the first root; the others are looked at once.
		lb_wait=1
		case $lb_outcome in
		'exit 0') take_root "$lb_try" "$1" && finish_fallback "$1" "$2" && return 0 ;;
		'exit 1') ;;
		*) degrade "fallback root '$lb_source': not ready in time ($lb_outcome), left behind" ;;
		esac
		detach_below "$lb_try"
	done 8<"$LB_RUN/fallback-roots"
	return 1
}

# rotated_list: the roots, begun with another one at each boot, by the kernel's random boot id. A root that can be booted
# and not reached would otherwise be taken for ever: nothing is counted here, because nothing is written.
rotated_list() {
	read -r lb_id </proc/sys/kernel/random/boot_id || lb_id=0
	busybox awk -v "draw=$((0x$(printf '%.7s' "$lb_id")))" '
		/^(#|$)/ { next }
		{ root[count++] = $0 }
		END { for (i = 0; i < count; i++) print root[(draw + i) % count] }' "$LB_LIST"
}

# clear_half_done ROOT: what a lifeboot that was interrupted left mounted. Lazily: its disk may hang.
clear_half_done() {
	detach_below "$1"
	detach_below "$LB_RUN/base"
	detach_below "$LB_RUN/carrier"
	detach_below "$LB_RUN/upper"
	detach_below "$LB_RUN/data"
	detach_below "$LB_RUN/l"
	busybox rm -f "$LB_RUN/init" "$LB_RUN/boot.json"
}

# detach_below PATH: every mount at PATH or below it, the newest first.
detach_below() {
	lb_mounts=
	while read -r lb_rest lb_mount lb_rest; do
		case $lb_mount in "$1" | "$1"/*) lb_mounts="$lb_mount $lb_mounts" ;; esac
	done </proc/self/mounts
	for lb_mount in $lb_mounts; do busybox umount -l "$lb_mount" || :; done
}

# take_root WORK ROOT: moves what try-root.sh assembled to where everybody expects it.
take_root() {
	busybox mkdir -p "$2" "$LB_RUN/base" "$LB_RUN/carrier" "$LB_RUN/upper"
	# In this order: a root that cannot be moved must not leave the others behind.
	busybox mount --move "$1/root" "$2" || return 1
	busybox mount --move "$1/base" "$LB_RUN/base" || :
	busybox mount --move "$1/carrier" "$LB_RUN/carrier" 2>/dev/null || :
	busybox mount --move "$1/upper" "$LB_RUN/upper" 2>/dev/null || :
	busybox cp "$1/init" "$LB_RUN/init"
}

finish_fallback() {
	write_deadline "$1" "${LIFEBOOT_FALLBACK_DEADLINE:-16min}"
	write_boot_record "$2" || say "cannot write boot.json, ignoring"
	arm_watchdog "$1"
	say "FALLBACK: this system runs read-only with a temporary upper; nothing written now survives a reboot"
}
