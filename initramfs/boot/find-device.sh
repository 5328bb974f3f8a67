# shellcheck shell=sh
# Finds a block device by the name that the configuration gives it.
#
# Needs nothing but sysfs and busybox where blkid does not run: a damaged image may have lost its libraries.

# find_device NAME: prints the device's path, fails when there is none. NAME: PARTLABEL=, PARTUUID=, LABEL=, UUID=, path.
find_device() {
	case $1 in
	/*) [ -b "$1" ] && printf '%s\n' "$1" ;;
	PARTLABEL=*) find_partlabel "${1#PARTLABEL=}" || find_by_tag "$1" ;;
	PARTUUID=*) find_by_tag "$1" || { . "$LB_SHARE/find-partuuid.sh" && find_partuuid "${1#PARTUUID=}"; } ;;
	*=*) find_by_tag "$1" ;;
	*) return 1 ;;
	esac
}

find_partlabel() {
	lb_first=
	for lb_uevent in /sys/class/block/*/uevent; do
		lb_devname=
		lb_partname=
		while IFS="=" read -r lb_key lb_value; do
			case $lb_key in
			DEVNAME) lb_devname=$lb_value ;;
			PARTNAME) lb_partname=$lb_value ;;
			esac
		done <"$lb_uevent" || continue
		[ "$lb_partname" = "$1" ] && [ -b "/dev/$lb_devname" ] && prefer "/dev/$lb_devname"
	done 2>/dev/null
	[ -n "$lb_first" ] && printf '%s\n' "$lb_first"
}

# prefer DEVICE: into lb_first, unless there is one already that is not worse.
prefer() {
	if [ -z "$lb_first" ] || { can_be_plugged "$lb_first" && ! can_be_plugged "$1"; }; then lb_first=$1; fi
}

# can_be_plugged DEVICE: a stick with the right label must not take over a node.
can_be_plugged() {
	case $(busybox readlink -f "/sys/class/block/${1##*/}") in */usb[0-9]*) return 0 ;; esac
	is_removable "$1"
}

# is_removable DEVICE: what the disk says of itself.
is_removable() {
	lb_disk=$(busybox readlink -f "/sys/class/block/${1##*/}")
	[ ! -e "$lb_disk/partition" ] || lb_disk=${lb_disk%/*}
	read -r lb_flag <"$lb_disk/removable" && [ "$lb_flag" = 1 ]
} 2>/dev/null

find_by_tag() {
	# -c /dev/null: no cache file; an answer from an earlier boot would be worse than none.
	lb_first=
	for lb_candidate in $(blkid -c /dev/null -t "$1" -o device 2>/dev/null); do prefer "$lb_candidate"; done
	lb_found=$lb_first
	case $1$lb_found in
	LABEL=*/dev/* | UUID=*/dev/* | PART*/dev/*) ;;
	LABEL=* | UUID=*) lb_found=$(busybox findfs "$1" 2>/dev/null) || return 1 ;;
	esac
	[ -b "$lb_found" ] && printf '%s\n' "$lb_found"
}

# wait_for_device NAME SECONDS: as find_device, asking again until the time is over.
wait_for_device() {
	lb_left=$2
	until find_device "$1"; do
		[ "$lb_left" -gt 0 ] || return 1
		lb_left=$((lb_left - 1))
		busybox sleep 1
	done
}
