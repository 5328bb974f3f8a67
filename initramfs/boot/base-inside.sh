# shellcheck shell=sh
# From a device to the root on it, where that is an image file, a subvolume or a deployment of an OSTree repository.
#
# Reads only. Invariant: a path is resolved inside the file system and never leads out of it.

# split_source LINE: `NAME`, `NAME image=PATH`, `NAME subvolume=PATH` or `NAME ostree=DEPLOYMENT`; sets source, image,
# subvolume and deployment.
split_source() {
	source=$1 image='' subvolume='' deployment=''
	case $1 in
	*' image='*) source=${1%% image=*} image=${1#* image=} ;;
	*' subvolume='*) source=${1%% subvolume=*} subvolume=${1#* subvolume=} ;;
	*' ostree='*) source=${1%% ostree=*} deployment=${1#* ostree=} ;;
	esac
}

# find_ostree BASE NAME: sets lb_deployment to the directory of the deployment, and lb_var to that of its /var.
find_ostree() {
	lb_os=${2%%/*}
	case $2 in
	*/*.*) lb_link=/ostree/deploy/$lb_os/deploy/${2#*/} ;;
	*/*) lb_link=$(ostree_link "$1" "$lb_os" "${2#*/}") ;;
	*) lb_link=$(ostree_link "$1" "$lb_os" 0) ;;
	esac
	[ -n "$lb_link" ] && resolve_in_root "$1" "$lb_link" || return 1
	case $lb_resolved in "/ostree/deploy/$lb_os/deploy/"*) ;; *) return 1 ;; esac
	lb_deployment=$1$lb_resolved lb_var=$1/ostree/deploy/$lb_os/var
	[ -d "$lb_deployment/usr" ] && [ -d "$lb_deployment/etc" ] && [ -d "$lb_var" ]
}

# ostree_link BASE STATEROOT INDEX: prints the boot link of a deployment, the one with the highest version being 0. Where
# the boot entries are on another partition, any order will do: what counts here is that something boots.
ostree_link() {
	resolve_in_root "$1" /boot/loader/entries || return 1
	lb_entries=$1$lb_resolved
	if [ -n "$(busybox ls "$lb_entries" 2>/dev/null)" ]; then
		busybox awk -v os="$2" -v wanted="$3" '
			function keep() { if (link != "") { version[++count] = number; links[count] = link }; number = 0; link = "" }
			FNR == 1 { keep() }
			$1 == "version" { number = $2 + 0 }
			$1 == "options" {
				for (i = 2; i <= NF; i++)
					if (index($i, "ostree=/ostree/boot.") == 1 && split($i, part, "/") == 6 && part[4] == os) link = substr($i, 8)
			}
			END {
				keep()
				for (turn = 0; turn <= wanted; turn++) {
					best = 0
					for (i = 1; i <= count; i++) if (!(i in used) && (!best || version[i] > version[best])) best = i
					if (!best) exit
					used[best] = 1
				}
				print links[best]
			}' "$lb_entries"/*.conf
	else
		lb_turn=0
		for lb_found in "$1"/ostree/boot.?/"$2"/*/*; do
			[ -e "$lb_found" ] || [ -L "$lb_found" ] || continue
			[ "$lb_turn" -lt "$3" ] || { printf '%s\n' "${lb_found#"$1"}" && return 0; }
			lb_turn=$((lb_turn + 1))
		done
	fi
}
