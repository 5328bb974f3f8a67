# shellcheck shell=bash
# What rescue adds to an image, when the configuration has [rescue]: settings, ssh's command lines, keys, drivers.
#
# Sourced by both builders after config.sh and modules.sh. Invariant: an image in which rescue could not work is not made,
# because nobody would find out before the day it is needed.

RESCUE_HOST_KEY=/etc/lifeboot/rescue_host_key
RESCUE_OWN_KEYS=/etc/lifeboot/rescue_authorized_keys
# For an image of a machine that is not this one: what boards and small servers mostly have, and a test in QEMU.
MODULES_NETWORK='virtio_net e1000e e1000 igb igc r8169 realtek tg3 r8152 asix ax88179_178a cdc_ether smsc95xx
	lan78xx stmmac_platform macb genet broadcom'
# What a network needs besides a driver, where the kernel has it as a module.
MODULES_PACKETS='af_packet ipv6'

# has_rescue CONFIG
has_rescue() {
	config_values "$1" | grep -q '^rescue\.'
}

# rescue_list CONFIG KEY PATTERN: the values that match; another one fails the image.
rescue_list() {
	local value
	config_values "$1" | awk -F '\t' -v key="rescue.$2" '$1 == key { print $2 }' | while IFS= read -r value; do
		[[ $value =~ ^($3)$ ]] || fail "[rescue] $2 has '$value', which is none" 78
		printf '%s\n' "$value"
	done
}

# rescue_settings CONFIG: lines of rescue.conf; the boot stage reads them and never sources them.
rescue_settings() {
	local key time values
	time=$(config_values "$1" | awk -F '\t' '$1 == "rescue.time" { print $2 }' | tail -n 1)
	time=$(duration_seconds "${time:-30min}") || exit
	printf 'time %s\n' "$time"
	for key in address gateway dns; do
		values=$(rescue_list "$1" "$key" '[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*(/[0-9]+)?') || exit
		[ -z "$values" ] || sed "s|^|$key |" <<<"$values"
	done
}

# duration_seconds TEXT: as systemd.time(7) writes it; what is no time fails the image.
duration_seconds() {
	local rest=${1// /} sum=0
	while [[ $rest =~ ^([0-9]+)(s|sec|m|min|h|hour|hours|d|day|days)?([0-9].*)?$ ]]; do
		case ${BASH_REMATCH[2]} in
		m | min) sum=$((sum + BASH_REMATCH[1] * 60)) ;;
		h | hour | hours) sum=$((sum + BASH_REMATCH[1] * 3600)) ;;
		d | day | days) sum=$((sum + BASH_REMATCH[1] * 86400)) ;;
		*) sum=$((sum + BASH_REMATCH[1])) ;;
		esac
		rest=${BASH_REMATCH[3]}
	done
	if [ -n "$rest" ] || [ "$sum" -lt 60 ] || [ "$sum" -gt 21600 ]; then
		fail "[rescue] time is '$1'; expected a duration from 1min to 6h" 78
	fi
	echo "$sum"
}

# machine_modules ROOT: the drivers of the network ports of this machine, if ROOT is it.
machine_modules() {
	local link
	[ "$(readlink -f "$1")" = / ] || return 0
	for link in /sys/class/net/*/device/driver/module /sys/class/net/*/phydev/driver/module; do
		[ ! -e "$link" ] || basename "$(readlink -f "$link")"
	done
}

# rescue_modules CONFIG ROOT: of this machine, where that is known, else the usual ones; and [rescue] modules.
rescue_modules() {
	local own
	own=$(machine_modules "$2")
	# shellcheck disable=SC2086
	printf '%s\n' $MODULES_PACKETS ${own:-$MODULES_NETWORK}
	rescue_list "$1" modules '[A-Za-z0-9_-]+'
}

# set_aside_modules TREE MODULE...: for rescue alone; an ordinary boot would load them for nothing.
set_aside_modules() {
	local tree=$1 module
	shift
	mkdir -p "$tree/etc/modprobe.d"
	for module in "$@"; do
		! find "$tree/usr/lib/modules" -name "${module//[-_]/[-_]}.ko" | grep -q . || printf '%s\n' "$module"
	done >"$tree/etc/lifeboot/rescue-modules"
	sed 's/^/blacklist /' "$tree/etc/lifeboot/rescue-modules" >"$tree/etc/modprobe.d/lifeboot-rescue.conf"
}

# copy_firmware TREE ROOT MODULE...: what the modules in TREE name and ROOT has.
copy_firmware() {
	local tree=$1 root=${2%/} module name file
	shift 2
	for module in "$@"; do
		find "$tree/usr/lib/modules" -name "${module//[-_]/[-_]}.ko" -exec modinfo -F firmware {} \;
	done | sort -u | while read -r name; do
		for file in "$root/lib/firmware/$name" "$root/lib/firmware/$name".{xz,zst}; do
			[ ! -f "$file" ] || install -D -m 0644 "$file" "$tree/usr/lib/firmware/${file#"$root/lib/firmware/"}"
		done
	done
}

# rescue_programs: OpenSSH, with what it starts or loads by name. Fails where it is not there.
rescue_programs() {
	local program
	for program in ssh sshd; do
		PATH=/usr/bin:/usr/sbin:/bin:/sbin:$PATH command -v "$program" ||
			fail "[rescue] needs '$program'; install openssh-client and openssh-server" 69
	done
	for program in /usr/lib/openssh/sshd-{session,auth} /usr/libexec/openssh/sshd-{session,auth}; do
		[ ! -x "$program" ] || echo "$program"
	done
	# Older C libraries look up names by these, and no program names them.
	for program in /lib/*-linux-*/libnss_{files,dns}.so.2 /usr/lib64/libnss_{files,dns}.so.2; do
		[ ! -e "$program" ] || echo "$program"
	done
}

# make_rescue_key ROOT: the host key of rescue's sshd, once; 1 complete beside it, 2 on the disk, 3 renamed.
make_rescue_key() {
	local key=${1%/}$RESCUE_HOST_KEY
	[ ! -s "$key" ] || return 0
	mkdir -p "$(dirname "$key")"
	rm -f "$key.new" "$key.new.pub"
	ssh-keygen -q -t ed25519 -N '' -C lifeboot-rescue -f "$key.new" || fail "cannot make rescue's host key '$key'"
	sync "$key.new" "$key.new.pub"
	mv -f "$key.new.pub" "$key.pub"
	mv -f "$key.new" "$key"
	sync "$(dirname "$key")"
}

# check_rescue_keys ROOT: somebody must be able to log in, and no key may be open to others.
check_rescue_keys() {
	local file key=${1%/}$RESCUE_HOST_KEY
	for file in "${1%/}$RESCUE_OWN_KEYS" "${1%/}/root/.ssh/authorized_keys"; do
		if grep -qE '^[^#]*(ssh-|ecdsa-|sk-)' "$file" 2>/dev/null; then
			case $(stat -L -c %a "$key") in
			?00) return 0 ;;
			*) fail "others may read '$key'; chmod 600 it, or better make a new one" 77 ;;
			esac
		fi
	done
	fail "[rescue]: nobody could log in; put public keys into '$RESCUE_OWN_KEYS' or /root/.ssh/authorized_keys" 78
}

# bake_rescue_commands CONFIG TREE LIFEBOOT: an image for another architecture is made without; rescue then asks the
# lifeboot that is in it.
bake_rescue_commands() {
	if "$(readlink -f "$3")" rescue command --config "$1" >"$work/rescue-ssh" 2>"$work/rescue-ssh.said" &&
		[ "$(head -n 1 "$work/rescue-ssh")" = /usr/bin/ssh ]; then
		install -m 0644 "$work/rescue-ssh" "$2/etc/lifeboot/rescue-ssh"
	elif grep -q '^lifeboot: ' "$work/rescue-ssh.said"; then
		fail "[rescue]: $(head -n 1 "$work/rescue-ssh.said")" 78
	else
		echo "warning: '$3' does not run here: rescue will need the lifeboot in the image for its tunnel" >&2
	fi
}

# write_rescue CONFIG TREE ROOT LIFEBOOT: everything but programs and drivers.
write_rescue() {
	make_rescue_key "$3"
	check_rescue_keys "$3"
	rescue_settings "$1" >"$2/etc/lifeboot/rescue.conf"
	bake_rescue_commands "$1" "$2" "$4"
	echo "rescue: $(ssh-keygen -lf "${3%/}$RESCUE_HOST_KEY.pub") is the host key of its sshd"
}
