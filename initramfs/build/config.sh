# shellcheck shell=bash
# What the builders read from lifeboot.toml: the roots to fall back to, and the files that make a node itself.
#
# Needs awk only. Invariant: a configuration without a single root is an error, an image without a way back is not made.

here_build=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

# config_values FILE: `section.key<TAB>value` lines; read once, so that a warning is given once.
config_values() {
	[ -e "$work/config.values" ] || awk -f "$here_build/toml-values.awk" "$1" >"$work/config.values"
	cat "$work/config.values"
}

# has_subvolume FILE: whether a slot is a Btrfs subvolume, which lifeboot identifies by btrfs(8).
has_subvolume() {
	config_values "$1" | grep -q '^slots\.[^.]*\.subvolume	'
}

# fallback_roots FILE: each slot's root in configuration order, recovery slots last; with the image, subvolume or OSTree
# deployment on it, as base-inside.sh reads it.
fallback_roots() {
	config_values "$1" | awk -F '\t' '
		$1 !~ /^slots\.[^.]+\.(root|role|image|subvolume|ostree)$/ { next }
		{ split($1, part, "."); name = part[2]; if (!(name in seen)) { seen[name] = 1; order[++count] = name } }
		part[3] == "root" { root[name] = $2 }
		part[3] == "role" { role[name] = $2 }
		part[3] == "image" || part[3] == "subvolume" || part[3] == "ostree" { inside[name] = " " part[3] "=" $2 }
		END {
			for (last = 0; last <= 1; last++)
				for (i = 1; i <= count; i++)
					if (((role[order[i]] == "recovery") == last) && root[order[i]] != "") print root[order[i]] inside[order[i]]
		}'
}

# removable_roots FILE: the roots that may carry the identity although they can be pulled out.
removable_roots() {
	config_values "$1" | awk -F '\t' '
		{ split($1, part, ".") }
		part[1] == "slots" && part[3] == "root" { root[part[2]] = $2 }
		part[1] == "slots" && part[3] == "removable" && $2 == "true" { allowed[part[2]] = 1 }
		END { for (name in allowed) if (name in root) print root[name] }' | LC_ALL=C sort
}

# fallback_deadline FILE: how long a fallback boot may take to prove itself, as OnBootSec= reads it: the deadline and a minute.
fallback_deadline() {
	local deadline
	deadline=$(config_values "$1" | awk -F '\t' '$1 == "confirm.deadline" { print $2 }' | tail -n 1)
	[[ $deadline =~ ^[0-9][0-9a-z.\ ]*$ ]] || deadline=15min
	printf '%s 1min\n' "$deadline"
}

# watchdog_settings FILE: the watchdog of a fallback boot, as lines of initramfs.conf. What is no time is the default.
watchdog_settings() {
	config_values "$1" | awk -F '\t' '
		BEGIN {
			split("s sec second seconds m min minute minutes", name, " ")
			for (i in name) unit[name[i]] = i > 4 ? 60 : 1
			unit[""] = 1
			timeout = 60
		}
		function seconds(text,    sum, number) {
			if (text == "") return -1
			while (text != "") {
				if (!match(text, /^[0-9]+/)) return -1
				number = substr(text, 1, RLENGTH)
				text = substr(text, RLENGTH + 1)
				match(text, /^ *[a-z]*/)
				word = substr(text, 1, RLENGTH)
				gsub(/ /, "", word)
				if (!(word in unit)) return -1
				sum += number * unit[word]
				text = substr(text, RLENGTH + 1)
				sub(/^ */, "", text)
			}
			return sum
		}
		$1 == "watchdog.timeout" { found = seconds($2); timeout = found == 0 || (found >= 10 && found <= 600) ? found : 60 }
		$1 == "watchdog.device" && $2 ~ /^\/dev\/watchdog[0-9]*$/ { device = $2 }
		END { printf "LIFEBOOT_WATCHDOG=%d\nLIFEBOOT_WATCHDOG_DEVICE=%s\n", timeout, device }'
}

# identity_paths FILE ROOT: absolute paths (inside ROOT) of the identity files that exist there.
identity_paths() {
	local pattern found
	{
		config_values "$1" | awk -F '\t' '
			$1 == "identity.files" || $1 == "tunnel.identity" || $1 == "tunnel.known_hosts" { print $2 }
			$1 == "tunnel.certificate" || $1 == "tunnel.selfcheck_key" { print $2 }
			$1 == "tunnel.identity" { print $2 "-cert.pub" }'
		printf '%s\n' /etc/lifeboot/tunnel_key /etc/lifeboot/tunnel_key-cert.pub /etc/lifeboot/known_hosts \
			'/etc/lifeboot/selfcheck_key*' '/etc/lifeboot/rescue_*' '/etc/ssh/ssh_host_*' /root/.ssh/authorized_keys /etc/machine-id
	} | while read -r pattern; do
		case $pattern in /*) ;; *) continue ;; esac
		# Patterns are meant to be expanded.
		# shellcheck disable=SC2086
		for found in "${2%/}"$pattern; do
			[ ! -f "$found" ] || printf '%s\n' "${found#"${2%/}"}"
		done
	done | LC_ALL=C sort -u
}

# copy_identity ROOT TREE: reads paths, copies each to TREE/etc/lifeboot/identity with mode and owner, parents too.
copy_identity() {
	local path
	mkdir -p "$2/etc/lifeboot/identity"
	chmod 0700 "$2/etc/lifeboot/identity"
	while read -r path; do
		(cd "${1%/}/" && cp --parents --preserve=mode,ownership --dereference ".$path" "$2/etc/lifeboot/identity/")
	done
}
