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

# write_image FILE MODE RUNTIME TREE: RUNTIME is what mkruntime made, put last because it ends in lz4 ('' for none). The
# kernel unpacks one archive after the other into the same root: a damaged runtime leaves /init and its fallback.
write_image() {
	local file=$1 mode=$2 runtime=$3 tree=$4 tree_bytes
	remove_leftovers "$file"
	new=$file.new.$$
	(umask 0077 && : >"$new")
	pack_tree "$tree" | zstd -q -19 -T2 >>"$new"
	tree_bytes=$(stat -c %s "$new")
	[ -z "$runtime" ] || cat "$runtime" >>"$new"
	chmod "$mode" "$new"
	sync "$new"
	verify_image "$new" "$tree_bytes" "$runtime" "$tree"
	mv -f "$new" "$file"
	new=
	sync "$(dirname "$file")"
}

# remove_leftovers FILE: what a builder that was killed left beside it; a small /boot must not fill up.
remove_leftovers() {
	local leftover
	for leftover in "$1".new.*; do
		if [ -f "$leftover" ] && [ ! -d "/proc/${leftover##*.}" ]; then rm -f "$leftover"; fi
	done
}

# verify_image FILE TREE_BYTES RUNTIME TREE: reads the file back; it unpacks to what TREE holds, then comes the runtime.
verify_image() {
	head -c "$2" "$1" | zstd -q -dc | cpio --quiet -t >"$work/names" || fail "the new image '$1' cannot be unpacked"
	cmp -s "$work/names" <(list_tree "$4") || fail "the new image '$1' lacks files"
	[ -n "$3" ] || return 0
	tail -c "+$(($2 + 1))" "$1" | cmp -s - "$3" || fail "the new image '$1' lacks lifeboot's program"
}
