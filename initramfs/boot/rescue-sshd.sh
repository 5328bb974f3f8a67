# shellcheck shell=sh
# The sshd of rescue: loopback only, keys only, with a host key of its own.
#
# Invariant: it listens where nothing but the tunnel leads, and no password opens it.

# start_sshd: reads keys, the file with who may log in.
start_sshd() {
	busybox cat >"$LB_RUN/rescue.sshd" <<-END
		ListenAddress 127.0.0.1:22
		ListenAddress [::1]:22
		HostKey /etc/lifeboot/rescue_host_key
		AuthorizedKeysFile $keys
		AuthenticationMethods publickey
		PermitRootLogin prohibit-password
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		PermitEmptyPasswords no
		UsePAM no
		UseDNS no
		X11Forwarding no
		AllowAgentForwarding no
		PermitUserRC no
		PidFile none
		PrintMotd yes
		ClientAliveInterval 30
		ClientAliveCountMax 4
		SetEnv PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
		Subsystem sftp internal-sftp
	END
	printf '%s\n' "This is the rescue of lifeboot, in the initramfs: see 'lifeboot rescue status'." \
		"It ends by a reboot; 'lifeboot rescue retry SLOT' ends it now." >/etc/motd
	keep_sshd
}

# keep_sshd: starts it where it does not run.
keep_sshd() {
	if [ -n "$sshd" ] && is_running "$sshd"; then return 0; fi
	/usr/sbin/sshd -D -e -f "$LB_RUN/rescue.sshd" </dev/null >/dev/null 2>>"$LB_RUN/rescue-sshd.log" &
	sshd=$!
}

# somebody_is_here: sshd names the process of a session after the account.
somebody_is_here() {
	for lb_process in /proc/[0-9]*; do
		{ read -r lb_title <"$lb_process/cmdline"; } 2>/dev/null
		case $lb_title in 'sshd: root@'* | 'sshd-session: root@'*) return 0 ;; esac
		lb_title=
	done
	return 1
}
