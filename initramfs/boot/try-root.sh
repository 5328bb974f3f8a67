#!/bin/sh
# Assembles one fallback root: try-root.sh SOURCE WORK WAIT_SECONDS
#
# Runs as a process of its own, under a limit, because a dying disk can hang any of this for ever.
# SOURCE is a device's name, as base-inside.sh reads it. Leaves WORK/base (the device, or the image on it, never written), WORK/upper (tmpfs) and WORK/root (their overlay), and
# WORK/init (the path of the init that was checked). Exit 0: it can be booted; 1: it cannot, and it was said why.
# Invariant: the device is not written, not even by a journal replay.

LB_SHARE=${0%/*}
# shellcheck source=/dev/null
for lb_part in say in-root find-device identity base-inside; do . "$LB_SHARE/$lb_part.sh"; done

# A journal is not replayed: `ro` alone would write to the disk.
try_types='ext4:ro,noload squashfs:ro erofs:ro xfs:ro,norecovery btrfs:ro,rescue=nologreplay'

give_up() {
	degrade "fallback root '$asked': $1"
	exit 1
}

# mount_in_earnest DEVICE|IMAGE DIRECTORY
mount_in_earnest() {
	for try in $try_types; do
		busybox mount -t "${try%%:*}" -o "${try#*:}" "$1" "$2" 2>/dev/null && return 0
	done
	return 1
}

# mount_base: sets lower to what the root is made of, and var to the /var that belongs to it, if that is elsewhere.
mount_base() {
	lower=$work/base var=''
	if [ -n "$image" ]; then
		mount_in_earnest "$device" "$work/carrier" || give_up "'$device' holds no file system that can be mounted"
		resolve_in_root "$work/carrier" "$image" && [ -f "$work/carrier$lb_resolved" ] ||
			give_up "there is no image '$image' on '$device'"
		[ -e /dev/loop-control ] || modprobe -q loop 2>/dev/null
		mount_in_earnest "$work/carrier$lb_resolved" "$work/base" || give_up "the image '$image' cannot be mounted"
		return 0
	fi
	if [ -n "$subvolume" ]; then
		# It is read-only itself; and the log, which is of what others have written, is left alone.
		busybox mount -t btrfs -o "ro,rescue=nologreplay,subvol=/$subvolume" "$device" "$work/base" 2>/dev/null ||
			give_up "there is no subvolume '$subvolume' on '$device' that can be mounted"
		return 0
	fi
	mount_in_earnest "$device" "$work/base" || give_up "'$device' holds no file system that can be mounted"
	[ -n "$deployment" ] || return 0
	find_ostree "$work/base" "$deployment" || give_up "there is no OSTree deployment '$deployment' on '$device'"
	lower=$lb_deployment var=$lb_var
}

# The kernel's defaults differ, so the options that matter are pinned where it knows them.
mount_overlay() {
	# A kernel that is newer than this image finds its modules in the root.
	modprobe -q overlay 2>/dev/null || busybox chroot "$lower" modprobe -q overlay 2>/dev/null
	pinned=
	for option in index=off metacopy=off; do
		[ ! -e "/sys/module/overlay/parameters/${option%%=*}" ] || pinned=$pinned,$option
	done
	busybox mount -t tmpfs -o mode=0700,size=25% lifeboot-upper "$work/upper" &&
		lay_over "$lower" upper "$work/root" || return 1
	[ -z "$var" ] || lay_over "$var" var "$work/root/var" || degrade "cannot lay memory over '$var', ignoring"
}

# lay_over LOWER NAME POINT
lay_over() {
	busybox mkdir -m 0755 "$work/upper/$2" "$work/upper/$2-work" &&
		busybox mount -t overlay -o "lowerdir=$1,upperdir=$work/upper/$2,workdir=$work/upper/$2-work$pinned" lifeboot "$3"
}

# Without overlay the root is read-only, and what a system and its tunnel must write is a copy in memory. Where /var does
# not fit, its directories alone.
bind_copies() {
	# Nothing lies over it that could take a write: an init that remounts its root must not get at the disk.
	busybox blockdev --setro "$device" || degrade "cannot protect '$device', ignoring"
	busybox mount -o bind "$lower" "$work/root" && busybox mkdir -p "$work/upper/copy" || return 1
	for name in etc root var; do
		if [ -L "$lower/$name" ] || [ ! -d "$lower/$name" ]; then continue; fi
		if ! busybox cp -a "$lower/$name" "$work/upper/copy/" 2>/dev/null; then
			busybox rm -rf "$work/upper/copy/$name"
			(cd "$lower" && busybox find "$name" -type d) |
				while IFS= read -r directory; do busybox mkdir -p "$work/upper/copy/$directory"; done
		fi
		busybox mount -o bind "$work/upper/copy/$name" "$work/root/$name" || return 1
	done
}

# Present, executable, readable to its end; systemd is also started once, which needs its loader and libraries.
check_init() {
	resolve_in_root "$work/root" "$1" || return 1
	file=$work/root$lb_resolved
	[ -f "$file" ] && [ -s "$file" ] && [ -x "$file" ] && busybox cat "$file" >/dev/null || return 1
	case ${lb_resolved##*/} in
	systemd) busybox chroot "$work/root" "$lb_resolved" --version >/dev/null 2>&1 ;;
	esac
}

# What the operator asked for on the kernel command line comes first, if it is there.
find_init() {
	for init in $(asked_init) /sbin/init /usr/lib/systemd/systemd /lib/systemd/systemd /etc/init /bin/init; do
		check_init "$init" && return 0
	done
	return 1
}

# An entry that fails must not end in emergency mode, and nothing may make the root writable.
soften_fstab() {
	resolve_in_root "$work/root" /etc/fstab || return 1
	fstab=$work/root$lb_resolved
	[ -f "$fstab" ] || return 0
	busybox awk '/^[ \t]*(#|$)/ { print; next } $2 == "/" { print "# lifeboot fallback: " $0; next }
		{ $4 = ($4 == "" ? "defaults" : $4) ",nofail,x-systemd.device-timeout=30s"; print }' \
		"$fstab" >"$work/upper/fstab" || return 1
	busybox cp "$work/upper/fstab" "$fstab"
}

asked=$1 work=$2
split_source "$asked"
busybox mkdir -p "$work/base" "$work/carrier" "$work/upper" "$work/root" || give_up "cannot make '$work'"
device=$(wait_for_device "$source" "$3") || give_up "no such device"
mount_base
if ! mount_overlay; then
	degrade "no overlay: '$device' is booted read-only, with copies of /etc, /root and /var in memory"
	bind_copies || give_up "cannot bind what '$device' holds"
fi
find_init || give_up "no usable init on '$device'"
# A stick that somebody plugged in must not walk away with the node's keys.
if ! is_removable "$device" || busybox grep -qxF "$source" /etc/lifeboot/removable-roots 2>/dev/null; then
	restore_identity "$work/root"
else
	degrade "'$device' is removable: it gets no identity files ([slots.NAME] removable = true allows that)"
fi
soften_fstab || degrade "cannot adapt /etc/fstab, ignoring"
printf '%s\n' "$init" >"$work/init"
say "fallback root '$asked' is '$device', init '$init'"
