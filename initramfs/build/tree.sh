# shellcheck shell=bash
# Fills the directory tree of a standalone image: programs, lifeboot with its runtime, our shell files.

# copy_programs TREE BUSYBOX: busybox under all its names, and from util-linux what it does less well or not at all.
copy_programs() {
	local name
	mkdir -p "$1"/{usr/bin,usr/lib/lifeboot,usr/share/lifeboot,etc/lifeboot,proc,sys,dev,run,sysroot,tmp,root}
	ln -s bin "$1/usr/sbin"
	for name in bin sbin lib; do ln -s "usr/$name" "$1/$name"; done
	install -m 0755 "$2" "$1/usr/bin/busybox"
	for name in $("$2" --list); do
		[ -e "$1/usr/bin/$name" ] || ln -s busybox "$1/usr/bin/$name"
	done
	for name in mount umount blkid flock; do
		rm -f "$1/usr/bin/$name"
		copy_program "$(PATH=$PATH:/usr/sbin:/sbin command -v "$name")" "/usr/bin/$name" "$1"
	done
}

# copy_program FILE AT TREE: with the libraries that it names.
copy_program() {
	local library
	install -D -m 0755 "$1" "$3$2"
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do copy_library "$library" "$3"; done
}

# The loader stays at the path that the programs name; everything else goes where that loader looks.
copy_library() {
	local to=$2/usr/lib
	case $1 in
	/lib64/* | /usr/lib64/*)
		to=$2/usr/lib64
		[ -e "$2/lib64" ] || ln -s usr/lib64 "$2/lib64"
		;;
	esac
	mkdir -p "$to"
	[ -e "$to/${1##*/}" ] || install -m 0755 "$1" "$to/${1##*/}"
}

# copy_scripts TREE: /init and the shell files of the boot path.
copy_scripts() {
	install -m 0755 "$here/init" "$1/init"
	install -m 0644 -t "$1/usr/share/lifeboot" "$here"/boot/*.sh
	install -m 0755 -t "$1/usr/share/lifeboot" "$here/boot/rescue-lease"
}

# copy_rescue TREE: OpenSSH at the places where its configuration and lifeboot's command lines look for it.
copy_rescue() {
	local program
	# Where other builds of sshd than Debian's go without rights.
	mkdir -p "$1/var/empty"
	rescue_programs >"$work/rescue.programs"
	while read -r program; do
		case $program in
		*/ssh) copy_program "$program" /usr/bin/ssh "$1" ;;
		*/sshd) copy_program "$program" /usr/bin/sshd "$1" ;;
		*.so.*) copy_library "$program" "$1" ;;
		*) copy_program "$program" "$program" "$1" ;;
		esac
	done <"$work/rescue.programs"
}

# copy_lifeboot TREE BINARY: sets runtime to the archive with its files. A script in place of the binary is taken as it is.
copy_lifeboot() {
	runtime=
	if [ "$(head -c 4 "$2" | tr -d '\177')" != ELF ]; then
		install -m 0755 "$2" "$1/usr/bin/lifeboot"
		return
	fi
	cached_runtime "$2"
	share_libraries "$2" "$1"
}

# share_libraries BINARY TREE: libraries that the runtime brings too, byte for byte, are in the image once.
share_libraries() {
	local library name
	"$here/mkruntime" --binary "$1" --list | while read -r library; do
		name=${library##*/}
		if cmp -s "$library" "$2/usr/lib/$name"; then ln -sf "lifeboot/$name" "$2/usr/lib/$name"; fi
	done
}

# cached_runtime BINARY: packing takes seconds, so the result is kept beside the binary, named by what it was made from.
# A copy is used: somebody who builds at the same time may remove the kept one.
cached_runtime() {
	local directory kept
	directory=$(dirname "$1")
	[ -w "$directory" ] || directory=$work
	kept=$directory/runtime-$(cat "$1" "$here/mkruntime" | sha256sum | cut -c 1-16).cpio
	runtime=$work/runtime.archive
	if cp "$kept" "$runtime" 2>/dev/null; then return; fi
	"$here/mkruntime" --binary "$1" --archive "$runtime"
	cp "$runtime" "$kept.new.$$"
	mv -f "$kept.new.$$" "$kept"
	find "$directory" -maxdepth 1 -name 'runtime-*.cpio*' ! -path "$kept" -delete
}
