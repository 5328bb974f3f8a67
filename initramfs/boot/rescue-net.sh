# shellcheck shell=sh
# One wired port at a time: address by configuration, DHCP or router advertisement, and away with it again.
#
# Invariant: what a network says (addresses, routers, name servers) is passed on as an argument, never as a command.

# wired_ports: names, one a line. Wi-Fi, modems, bridges and the like are none.
wired_ports() {
	for lb_place in /sys/class/net/*; do
		[ ! -e "$lb_place/wireless" ] && [ ! -e "$lb_place/phy80211" ] || continue
		{ read -r lb_type <"$lb_place/type"; } 2>/dev/null || continue
		[ "$lb_type" = 1 ] || continue
		case $(busybox sed -n 's/^DEVTYPE=//p' "$lb_place/uevent" 2>/dev/null) in '' | dsa) ;; *) continue ;; esac
		printf '%s\n' "${lb_place##*/}"
	done
}

# use_port PORT: up, with an address; fails when that does not come about in this turn.
use_port() {
	note_now "$1" ''
	busybox ip link set "$1" up 2>/dev/null
	wait_for "${LIFEBOOT_LINK_WAIT:-8}" has_link "$1" || { say "port '$1' has no link" && return 1; }
	busybox rm -f "$LB_RUN/rescue.dns"
	write_resolv_conf
	take_static "$1"
	take_offered "$1"
	wait_for "${LIFEBOOT_ADDRESS_WAIT:-30}" has_address "$1" || { say "port '$1' was given no address" && return 1; }
	say "port '$1' has$(addresses_of "$1" | busybox sed 's/^/ /' | busybox tr -d '\n')"
}

# leave_port PORT: another port has its turn, or a root that is booted later; neither may find anything left.
leave_port() {
	stop_lease_client
	busybox ip addr flush dev "$1" scope global 2>/dev/null
	busybox ip route flush dev "$1" 2>/dev/null
	set_ipv6 "$1" disable_ipv6 1
}

# wait_for SECONDS CONDITION ARGUMENT
wait_for() {
	lb_until=$(($(uptime_seconds) + $1))
	until "$2" "$3"; do
		[ "$(uptime_seconds)" -lt "$lb_until" ] && pause 1 || return 1
	done
}

# Reading the carrier of a port that is down is an error.
has_link() {
	{ read -r lb_carrier <"/sys/class/net/$1/carrier"; } 2>/dev/null && [ "$lb_carrier" = 1 ]
}

addresses_of() {
	busybox ip addr show dev "$1" scope global | busybox awk '$1 ~ /^inet6?$/ && !/tentative|dadfailed/ { print $2 }'
}

# has_address PORT: IPv4, or only IPv6 after IPv4 had a while to come.
has_address() {
	lb_found=$(addresses_of "$1")
	case $lb_found in
	'') return 1 ;;
	*.*) return 0 ;;
	esac
	[ -z "$lease_client" ] || [ "$((lb_until - $(uptime_seconds)))" -le "$((${LIFEBOOT_ADDRESS_WAIT:-30} - 8))" ]
}

# take_static PORT: every address and gateway of the configuration. A router may be outside of the port's own network.
take_static() {
	# Of a second in which an address may not be used yet, ssh would make a connection from a wrong one.
	case "$(setting address)" in *:*) set_ipv6 "$1" accept_dad 0 ;; esac
	set_ipv6 "$1" disable_ipv6 0
	for lb_address in $(setting address); do busybox ip addr add "$lb_address" dev "$1" 2>/dev/null; done
	for lb_gateway in $(setting gateway); do add_router "$lb_gateway" "$1"; done
}

# add_router ROUTER PORT
add_router() {
	case $1 in *:*) lb_family=-6 ;; *) lb_family=-4 ;; esac
	busybox ip "$lb_family" route add default via "$1" dev "$2" 2>/dev/null && return 0
	busybox ip "$lb_family" route add "$1" dev "$2" 2>/dev/null
	busybox ip "$lb_family" route add default via "$1" dev "$2" 2>/dev/null
}

# take_offered PORT: what is not configured for a family is asked for.
take_offered() {
	case "$(setting address)" in *:*) ;; *) set_ipv6 "$1" accept_ra 1 && set_ipv6 "$1" autoconf 1 ;; esac
	case "$(setting address)" in *.*) return 0 ;; esac
	busybox udhcpc -i "$1" -f -t 4 -T 2 -A 5 -s "$LB_SHARE/rescue-lease" </dev/null >/dev/null 2>&1 &
	lease_client=$!
}

stop_lease_client() {
	end_process "$lease_client"
	lease_client=
}

# set_ipv6 PORT NAME VALUE: a kernel without IPv6 has none of these.
set_ipv6() {
	{ printf '%s\n' "$3" >"/proc/sys/net/ipv6/conf/$1/$2"; } 2>/dev/null || :
}

# write_resolv_conf: name servers of the configuration, then those of the lease.
write_resolv_conf() {
	{
		setting dns
		[ ! -e "$LB_RUN/rescue.dns" ] || busybox cat "$LB_RUN/rescue.dns"
	} | busybox sed -n 's/^\([0-9A-Fa-f.:]*\)$/nameserver \1/p' >/etc/resolv.conf.new
	busybox mv -f /etc/resolv.conf.new /etc/resolv.conf
}
