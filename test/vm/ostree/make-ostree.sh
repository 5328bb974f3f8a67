#!/bin/sh
# make-ostree.sh DIRECTORY INIT: DIRECTORY/ostree.img, an ext4 file system with two deployments of a small system that has
# ostree itself. Run in a mount namespace of its own.
set -eu
dir=$1 tree=$1/ostree-tree
for d in usr/bin usr/sbin usr/lib/modules/6.1 usr/lib64 usr/etc boot dev proc run sys sysroot tmp var; do mkdir -p "$tree/$d"; done
for link in bin:usr/bin sbin:usr/sbin lib:usr/lib lib64:usr/lib64 root:var/roothome ostree:sysroot/ostree; do
	ln -sfn "${link#*:}" "$tree/${link%%:*}"
done
cp /bin/busybox "$tree/usr/bin/busybox"
for applet in sh cat; do ln -sf busybox "$tree/usr/bin/$applet"; done
cp "$2" "$tree/usr/sbin/init"
chmod 0755 "$tree/usr/sbin/init"
cp /usr/bin/ostree "$tree/usr/bin/ostree"
ldd /usr/bin/ostree | grep -o '/[^ ]*' | while read -r library; do
	case $library in /lib64/*) cp -L "$library" "$tree/usr/lib64/" ;; *) cp -L "$library" "$tree/usr/lib/" ;; esac
done
echo kernel >"$tree/usr/lib/modules/6.1/vmlinuz"
echo initramfs >"$tree/usr/lib/modules/6.1/initramfs.img"
echo 'root:x:0:0::/root:/bin/sh' >"$tree/usr/etc/passwd"

truncate -s 256M "$dir/ostree.img"
mkfs.ext4 -q -F -L sysroot -E lazy_itable_init=0,lazy_journal_init=0 "$dir/ostree.img"
mkdir -p "$dir/mnt"
mount "$dir/ostree.img" "$dir/mnt"
ostree admin init-fs "$dir/mnt"
ostree admin --sysroot="$dir/mnt" os-init debian
for version in 1 2; do
	printf 'ID=test\nVERSION_ID=%s\n' "$version" >"$tree/usr/lib/os-release"
	ostree --repo="$dir/mnt/ostree/repo" commit -b test --tree=dir="$tree" -s "$version"
	ostree admin --sysroot="$dir/mnt" deploy --os=debian test
done
umount "$dir/mnt"
