/**
 * The program that systemd runs last, from `/run/initramfs`: it unmounts the old root and what lies below it.
 *
 * Pure text, run by whatever busybox the image has, so with as few applets as possible. systemd-shutdown cannot
 * unmount the root it runs from, so an overlay would keep the data partition's file system open and its journal dirty.
 * Contract: https://systemd.io/INITRD_INTERFACE/ (old root at `/oldroot`, verb as first argument).
 */
export const SHUTDOWN_SCRIPT = `#!/bin/busybox sh
say() { echo "lifeboot: $*" >/dev/console 2>/dev/null; }

# The mount points below /oldroot, newest first.
below() {
  list=
  while read -r _ point _; do
    case $point in /oldroot | /oldroot/*) list="$point $list" ;; esac
  done </proc/mounts
}

busybox sync
for round in 1 2 3 4 5; do
  below
  [ -n "$list" ] || break
  [ "$round" = 1 ] || busybox sleep 1
  for point in $list; do busybox umount "$(printf '%b' "$point")" 2>/dev/null; done
done
below
if [ -n "$list" ]; then
  say "still mounted: $list"
  for point in $list; do busybox mount -o remount,ro "$(printf '%b' "$point")" 2>/dev/null; done
  # Every file system that is still open becomes read-only, with its journal closed.
  echo u >/proc/sysrq-trigger
  busybox sleep 1
else
  say "all file systems are unmounted"
fi
busybox sync
case "$1" in
  poweroff)
    busybox poweroff -f
    echo o >/proc/sysrq-trigger
    busybox sleep 10
    ;;
  halt) busybox halt -f ;;
esac
busybox reboot -f
echo b >/proc/sysrq-trigger
while :; do busybox sleep 60; done
`;
