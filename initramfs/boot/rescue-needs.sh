# shellcheck shell=sh
# What rescue needs before it can begin: settings, keys, programs, an account, drivers, a wired port.
#
# Invariant: fails before anything is started, with the reason on the console, so that the fallback can have its turn.

LB_CONF=/etc/lifeboot/rescue.conf
LB_OWN_KEYS=/etc/lifeboot/rescue_authorized_keys

# setting NAME: the values of that name, one a line. The file is read, never sourced.
setting() {
	while read -r lb_key lb_value; do
		[ "$lb_key" != "$1" ] || printf '%s\n' "$lb_value"
	done <"$LB_CONF"
}

# read_settings: sets seconds; lifeboot's order comes first, because it knows how often this has happened.
read_settings() {
	seconds=$(busybox sed -n 's/^seconds\t\([0-9][0-9]*\)$/\1/p' "$LB_RUN/rescue" 2>/dev/null)
	[ -n "$seconds" ] || seconds=$(setting time)
	case $seconds in '' | *[!0-9]*) seconds=1800 ;; esac
}

# lack WHAT: says it, and fails.
lack() {
	say "rescue cannot run: $1"
	return 1
}

prepare() {
	bring_identity
	write_commands || return 1
	check_needs || return 1
	load_network || return 1
	write_account
	busybox ip link set lo up
	start_sshd
}

# bring_identity: the copies in the image, where lifeboot has not brought newer ones from the data partition.
bring_identity() {
	[ -d "$LB_IDENTITY" ] || return 0
	busybox find "$LB_IDENTITY" -type f | while read -r lb_copy; do
		lb_path=${lb_copy#"$LB_IDENTITY"}
		[ -s "$lb_path" ] || restore_file '' "$lb_path" || say "cannot restore '$lb_path', ignoring"
	done
}

# write_account: what sshd asks for. No password opens anything: there is none.
write_account() {
	lb_shell=/bin/sh
	[ ! -x /usr/local/sbin/sh ] || lb_shell=/usr/local/sbin/sh
	busybox mkdir -p /root /run/sshd
	# Another hook's root may have a shell that is not here, a home of its own, or a lock.
	set_line /etc/passwd root: "root:x:0:0:root:/root:$lb_shell"
	add_line /etc/passwd sshd: 'sshd:x:74:65534:sshd:/run/sshd:/bin/false'
	add_line /etc/group root: 'root:x:0:'
	add_line /etc/group nogroup: 'nogroup:x:65534:'
	set_line /etc/shadow root: 'root:*:1::::::'
	busybox chmod 0600 /etc/shadow
	add_line /etc/hosts 127.0.0.1 '127.0.0.1 localhost'
	add_line /etc/hosts ::1 '::1 localhost'
	add_line /etc/nsswitch.conf hosts: 'hosts: files dns'
	busybox grep -q ' /dev/pts ' /proc/self/mounts && return 0
	busybox mkdir -p /dev/pts && busybox mount -t devpts -o gid=5,mode=620 devpts /dev/pts
}

# set_line FILE START LINE: LINE instead of each that begins with START.
set_line() {
	{
		printf '%s\n' "$3"
		busybox grep -v "^$2" "$1" 2>/dev/null || :
	} >"$1.new"
	busybox mv "$1.new" "$1"
}

# add_line FILE START LINE: where no line begins with START.
add_line() {
	busybox grep -q "^$2" "$1" 2>/dev/null && return 0
	# The last line may have no end.
	[ ! -s "$1" ] || [ -z "$(busybox tail -c 1 "$1")" ] || echo >>"$1"
	printf '%s\n' "$3" >>"$1"
}

# write_commands: the baked command lines, or lifeboot's own, as $LB_RUN/rescue.ssh.N, one argument a line.
write_commands() {
	lb_all=/etc/lifeboot/rescue-ssh
	if [ ! -s "$lb_all" ]; then
		lb_all=$LB_RUN/rescue.ssh
		run_limited 60 sh -c 'lifeboot rescue command >"$1"' sh "$lb_all"
		[ "$lb_outcome" = 'exit 0' ] || lack "there is no command line for ssh, and lifeboot does not make one" || return 1
	fi
	busybox rm -f "$LB_RUN"/rescue.ssh.*
	busybox awk -v to="$LB_RUN/rescue.ssh." 'BEGIN { n = 1 } /^$/ { n++; next } { print >(to n) }' "$lb_all"
	[ -s "$LB_RUN/rescue.ssh.1" ] || lack "the command line for ssh is empty"
}

check_needs() {
	for lb_program in /usr/bin/ssh /usr/sbin/sshd; do
		[ -x "$lb_program" ] || lack "'$lb_program' is not in this image" || return 1
	done
	[ -s /etc/lifeboot/rescue_host_key ] || lack "there is no host key '/etc/lifeboot/rescue_host_key'" || return 1
	keys=$LB_OWN_KEYS
	[ -s "$keys" ] || keys=/root/.ssh/authorized_keys
	[ -s "$keys" ] || lack "nobody could log in: neither '$LB_OWN_KEYS' nor '$keys' is there" || return 1
	for lb_file in $(busybox sed -n '/^-i$/{n;p;}; s/^UserKnownHostsFile=//p' "$LB_RUN/rescue.ssh.1"); do
		[ -s "$lb_file" ] || lack "the tunnel's '$lb_file' is not there" || return 1
	done
}

# load_network: the drivers, then a wired port within the time that one on USB may take.
load_network() {
	# Ordinary boots leave these alone: see build/rescue.sh.
	busybox rm -f /etc/modprobe.d/lifeboot-rescue.conf
	# Each under a limit: one whose device does not answer must not keep the others from their ports.
	# By its path: for a bare name busybox starts its own, which knows fewer forms of modules.
	lb_modprobe=modprobe
	for lb_path in /sbin/modprobe /usr/sbin/modprobe; do [ ! -x "$lb_path" ] || lb_modprobe=$lb_path; done
	for lb_module in $(busybox cat /etc/lifeboot/rescue-modules 2>/dev/null); do
		run_limited "${LIFEBOOT_MODULE_LIMIT:-30}" "$lb_modprobe" -q "$lb_module" 2>/dev/null
		case $lb_outcome in limit | stuck) say "the driver '$lb_module' hangs, going on without it" ;; esac
	done
	lb_left=${LIFEBOOT_PORT_WAIT:-30}
	until [ -n "$(wired_ports)" ]; do
		[ "$lb_left" -gt 0 ] || lack "this node has no wired network port (Wi-Fi and modems are not for rescue)" || return 1
		lb_left=$((lb_left - 1))
		busybox sleep 1
	done
}
