# shellcheck shell=bash
# Turns trees into an initramfs file that appears whole or not at all.
#
# Order that matters: 1 written under a temporary name in the same directory, 2 fsynced, 3 listed back and compared,
# 4 renamed, 5 directory fsynced. A power cut at any point leaves the old image or the new one.

# pack_tree TREE: a cpio archive of it on stdout; the same tree gives the same bytes.
pack_tree() {
	find "$1" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-1}" {} +
	list_tree "$1" | (cd "$1" && cpio --quiet --reproducible -o -H newc -R 0:0)
}

list_tree() {
	(cd "$1" && find . -mindepth 1 -printf '%P\n') | LC_ALL=C sort
}

# write_image FILE MODE RUNTIME TREE: RUNTIME is a compressed archive put first ('' for none). The kernel unpacks
# one archive after the other into the same root.
write_image() {
	local file=$1 mode=$2 runtime=$3 tree=$4
	new=$file.new.$$
	(umask 0077 && : >"$new")
	[ -z "$runtime" ] || cat "$runtime" >"$new"
	pack_tree "$tree" | zstd -q -19 -T2 >>"$new"
	chmod "$mode" "$new"
	sync "$new"
	verify_image "$new" "$runtime" "$tree"
	mv -f "$new" "$file"
	new=
	sync "$(dirname "$file")"
}

# verify_image FILE RUNTIME TREE: reads the file back; it holds the runtime byte for byte, and unpacks to what TREE holds.
verify_image() {
	local runtime_bytes=0
	if [ -n "$2" ]; then
		runtime_bytes=$(stat -c %s "$2")
		head -c "$runtime_bytes" "$1" | zstd -q -dc | cpio --quiet -t >"$work/runtime.names" ||
			fail "the runtime in the new image '$1' cannot be unpacked"
		grep -qx usr/lib/lifeboot/lifeboot "$work/runtime.names" || fail "the new image '$1' lacks lifeboot's program"
	fi
	tail -c "+$((runtime_bytes + 1))" "$1" | zstd -q -dc | cpio --quiet -t >"$work/names" ||
		fail "the new image '$1' cannot be unpacked"
	cmp -s "$work/names" <(list_tree "$3") || fail "the new image '$1' lacks files"
}
