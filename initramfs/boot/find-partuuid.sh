# shellcheck shell=sh
# Finds a partition by its id in the disk's own table (GPT or MBR), with busybox alone.
#
# Reads a few bytes of each disk. The formats: UEFI specification 2.10, section 5.3; for MBR the kernel's own naming,
# disk signature and two digits of partition number.

# find_partuuid ID: prints the device's path, fails when there is none.
find_partuuid() {
	lb_wanted=$(printf '%s' "$1" | busybox tr A-F a-f)
	for lb_entry in /sys/class/block/*/partition; do
		lb_partition=${lb_entry%/partition}
		lb_disk=$(busybox readlink -f "$lb_partition/..") || continue
		read -r lb_index <"$lb_entry" || continue
		[ "$(partuuid_of "${lb_disk##*/}" "$lb_index")" = "$lb_wanted" ] || continue
		printf '/dev/%s\n' "${lb_partition##*/}"
		return 0
	done 2>/dev/null
	return 1
}

# partuuid_of DISK NUMBER
partuuid_of() {
	read -r lb_block <"/sys/class/block/$1/queue/logical_block_size" || lb_block=512
	if [ "$(bytes_of "$1" "$lb_block" 8)" != 4546492050415254 ]; then
		printf '%s-%02x\n' "$(swapped "$(bytes_of "$1" 440 4)")" "$2"
		return 0
	fi
	lb_table=$((0x$(swapped "$(bytes_of "$1" "$((lb_block + 72))" 8)") * lb_block))
	lb_size=$((0x$(swapped "$(bytes_of "$1" "$((lb_block + 84))" 4)")))
	lb_id=$(bytes_of "$1" "$((lb_table + ($2 - 1) * lb_size + 16))" 16)
	# The first three fields are little-endian, the rest is as it is written.
	printf '%s-%s-%s-%s-%s\n' "$(swapped "$(cut_of "$lb_id" 1-8)")" "$(swapped "$(cut_of "$lb_id" 9-12)")" \
		"$(swapped "$(cut_of "$lb_id" 13-16)")" "$(cut_of "$lb_id" 17-20)" "$(cut_of "$lb_id" 21-32)"
}

# bytes_of DISK OFFSET COUNT: as hexadecimal digits.
bytes_of() {
	busybox dd if="/dev/$1" bs=1 skip="$2" count="$3" 2>/dev/null | busybox hexdump -v -e '1/1 "%02x"'
}

cut_of() {
	printf '%s' "$1" | busybox cut -c "$2"
}

# swapped HEX: its bytes in the opposite order.
swapped() {
	lb_left=$1
	lb_swapped=
	while [ -n "$lb_left" ]; do
		lb_others=${lb_left#??}
		lb_swapped=${lb_left%"$lb_others"}$lb_swapped
		lb_left=$lb_others
	done
	printf '%s' "$lb_swapped"
}
