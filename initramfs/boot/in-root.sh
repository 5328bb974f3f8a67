# shellcheck shell=sh
# Paths inside a root that is not ours yet.
#
# Reads only links and the kernel command line. Invariant: a symbolic link of the new root, absolute or not, is followed inside that root
# and never out of it, because /sbin/init -> /lib/systemd/systemd would otherwise be looked up in the initramfs.

# resolve_in_root ROOT PATH: sets lb_resolved to the final path below ROOT (without ROOT); fails on a link loop.
# Components that do not exist are kept as they are.
resolve_in_root() {
	lb_root=$1
	lb_todo=${2#/}
	lb_resolved=
	lb_links=0
	while [ -n "$lb_todo" ]; do
		lb_part=${lb_todo%%/*}
		case $lb_todo in
		*/*) lb_todo=${lb_todo#*/} ;;
		*) lb_todo= ;;
		esac
		case $lb_part in
		'' | .) continue ;;
		..) lb_resolved=${lb_resolved%/*} && continue ;;
		esac
		if [ ! -L "$lb_root$lb_resolved/$lb_part" ]; then
			lb_resolved=$lb_resolved/$lb_part
			continue
		fi
		lb_links=$((lb_links + 1))
		[ "$lb_links" -le 40 ] || return 1
		lb_target=$(busybox readlink "$lb_root$lb_resolved/$lb_part") || return 1
		case $lb_target in
		/*) lb_resolved= && lb_target=${lb_target#/} ;;
		esac
		lb_todo=$lb_target${lb_todo:+/$lb_todo}
	done
	[ -n "$lb_resolved" ] || lb_resolved=/
}

# asked_init: prints the init that the operator named on the kernel command line, nothing when there is none. What does
# not bear the name of an init is none: `init=/bin/sh` would be a prompt on an unattended console.
asked_init() {
	read -r lb_words </proc/cmdline || lb_words=
	lb_asked=
	for lb_word in $lb_words; do
		case $lb_word in init=/*init | init=/*/systemd) lb_asked=${lb_word#init=} ;; esac
	done
	printf '%s\n' "$lb_asked"
}
