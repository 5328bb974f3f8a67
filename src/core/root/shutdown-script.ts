/**
 * The program that systemd runs last, from `/run/initramfs`: it unmounts the old root and what lies below it.
 *
 * Pure text, run by busybox. systemd-shutdown cannot unmount the root it runs from, so an overlay would keep the data
 * partition's file system open and its journal dirty. Contract: https://systemd.io/INITRD_INTERFACE/ (old root at
 * `/oldroot`, verb as first argument).
 */
export const SHUTDOWN_SCRIPT = `#!/bin/busybox sh
export PATH=/bin
say() { echo "lifeboot: $*" >/dev/console 2>/dev/null; }
below() { busybox awk '$2 == "/oldroot" || index($2, "/oldroot/") == 1 { at[++n] = $2 } END { while (n) print at[n--] }' /proc/mounts; }

busybox sync
for round in 1 2 3 4 5; do
  [ -z "$(below)" ] && break
  below | while read -r point; do busybox umount "$(printf '%b' "$point")" 2>/dev/null; done
  [ -z "$(below)" ] && break
  busybox sleep 0.2
done
if [ -n "$(below)" ]; then
  say "still mounted: $(below | busybox tr '\\n' ' ')"
  below | while read -r point; do busybox mount -o remount,ro "$(printf '%b' "$point")" 2>/dev/null; done
  # Every file system that is still open becomes read-only, with its journal closed.
  echo u >/proc/sysrq-trigger
  busybox sleep 1
else
  say "all file systems are unmounted"
fi
busybox sync
case "$1" in
  poweroff) busybox poweroff -f ;;
  halt) busybox halt -f ;;
esac
busybox reboot -f
echo b >/proc/sysrq-trigger
while :; do busybox sleep 60; done
`;
