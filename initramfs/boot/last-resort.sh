# shellcheck shell=sh
# The ways out that cannot fail: a kernel that reboots when it panics, and a reboot that does not depend on disks.
#
# Invariant: nothing here waits for a disk without a limit; a frozen file system makes sync(2) block for ever.

# reboot_on_panic: from here on even a crash of PID 1 ends in a reboot.
reboot_on_panic() {
	{
		echo 10 >/proc/sys/kernel/panic
		echo 1 >/proc/sys/kernel/panic_on_oops
	} 2>/dev/null || say "cannot set kernel.panic, ignoring"
}

# reboot_now WHY: never returns.
reboot_now() {
	trap - EXIT
	say "$1; rebooting now"
	run_limited 10 busybox sync
	[ "$lb_outcome" = 'exit 0' ] || say "the disks could not be flushed within 10 s, ignoring"
	run_limited 15 busybox reboot -n -f
	say "the kernel did not reboot when asked, using the emergency way"
	echo b >/proc/sysrq-trigger
	busybox sleep 10
	# PID 1 ends here: the kernel panics, and kernel.panic reboots it.
	exit 1
}
