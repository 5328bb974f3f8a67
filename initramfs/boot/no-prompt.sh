# shellcheck shell=sh
# Redefines initramfs-tools' panic(): it reboots, and never opens a shell on an unattended console.
#
# Invariant: independent of `panic=` on the command line, where 0 would halt the node and nothing would give a shell.

PATH=/usr/local/sbin:$PATH
LB_SHARE=${LB_SHARE:-/usr/share/lifeboot}
for lb_part in say run-limited last-resort; do
	# shellcheck source=/dev/null
	. "$LB_SHARE/$lb_part.sh"
done
busybox mkdir -p "$LB_RUN"
reboot_on_panic

panic() {
	say "initramfs-tools gave up: $*"
	busybox sleep 10
	reboot_now "no shell is opened on an unattended node"
}
