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
	for lb_uevent in /sys/class/block/*/uevent; do
		lb_devname=
		lb_partname=
		while IFS="=" read -r lb_key lb_value; do
			case $lb_key in
			DEVNAME) lb_devname=$lb_value ;;
			PARTNAME) lb_partname=$lb_value ;;
			esac
		done <"$lb_uevent" || continue
		if [ "$lb_partname" = "$1" ] && [ -b "/dev/$lb_devname" ]; then
			printf '%s\n' "/dev/$lb_devname"
			return 0
		fi
	done 2>/dev/null
	return 1
}

find_by_tag() {
	# -c /dev/null: no cache file; an answer from an earlier boot would be worse than none.
	lb_found=$(blkid -c /dev/null -l -t "$1" -o device 2>/dev/null) || lb_found=
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
