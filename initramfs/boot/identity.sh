# shellcheck shell=sh
# Puts the identity copies of the image (keys, host keys, machine id) into a root, so that the node stays itself.
#
# Invariant: never writes outside the root: parent directories are resolved inside it first.

LB_IDENTITY=/etc/lifeboot/identity

# restore_identity ROOT: copies each file with its mode and owner; a file that cannot be copied is reported.
restore_identity() {
	[ -d "$LB_IDENTITY" ] || return 0
	busybox find "$LB_IDENTITY" -type f | while read -r lb_copy; do
		lb_path=${lb_copy#"$LB_IDENTITY"}
		restore_file "$1" "$lb_path" || degrade "cannot restore identity file '$lb_path', ignoring"
	done
}

restore_file() {
	resolve_in_root "$1" "${2%/*}/" || return 1
	lb_parent=$1$lb_resolved
	if [ ! -d "$lb_parent" ]; then
		busybox mkdir -p "$lb_parent" || return 1
		lb_mode=$(busybox stat -c %a "$LB_IDENTITY${2%/*}") && busybox chmod "$lb_mode" "$lb_parent"
	fi
	# Removed first: writing through a link or into a file shared by hard links would change something else.
	busybox rm -f "$lb_parent/${2##*/}"
	busybox cp -p "$LB_IDENTITY$2" "$lb_parent/${2##*/}"
}
