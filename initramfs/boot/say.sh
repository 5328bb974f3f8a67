# shellcheck shell=sh
# What the boot path says: on the console, and in /run/lifeboot for the system that is booted later.
#
# Sourced by everything that runs before the new root's init. POSIX sh, works in busybox ash and klibc's dash.
# Invariant: saying something never fails and never blocks the boot, because the console may be absent.

LB_RUN=/run/lifeboot

# say TEXT: one line for a person, kept in initramfs.log.
say() {
	printf 'lifeboot: %s\n' "$1" >&2 || :
	{ printf '%s\n' "$1" >>"$LB_RUN/initramfs.log"; } 2>/dev/null || :
}

# degrade TEXT: the same, and also a line of `degraded` in boot.json.
degrade() {
	say "$1"
	{ printf '%s\n' "$1" >>"$LB_RUN/degraded.list"; } 2>/dev/null || :
}

# milliseconds: time since the kernel started, from /proc/uptime (hundredths of a second).
milliseconds() {
	read -r lb_uptime lb_rest </proc/uptime || lb_uptime=0.00
	# The leading 1 keeps "08" from being read as a bad octal number.
	lb_hundredths=1${lb_uptime#*.}
	printf '%s\n' "$((${lb_uptime%%.*} * 1000 + (lb_hundredths - 100) * 10))"
}
