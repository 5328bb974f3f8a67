# shellcheck shell=sh
# A clock that is behind the making of this image is set forward to it, for whatever runs without lifeboot.
#
# lifeboot itself knows better times, and comes later. Invariant: only ever forward, and only in an initramfs.

# set_clock_forward: leaves the note that lifeboot reads, so that no time of this boot is taken for the right one.
set_clock_forward() {
	[ "${LIFEBOOT_BUILT:-0}" -gt 0 ] && [ "$(busybox date +%s)" -lt "$LIFEBOOT_BUILT" ] && is_first_stage || return 0
	busybox date -u -s "@$LIFEBOOT_BUILT" >/dev/null || return 0
	# When the kernel started, by this clock, in milliseconds.
	echo "$((LIFEBOOT_BUILT * 1000 - $(milliseconds)))" >"$LB_RUN/clock"
	say "the clock was behind the making of this image, and is set forward to it"
} 2>/dev/null
