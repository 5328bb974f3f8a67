# shellcheck shell=sh
# The deadline of a fallback boot: a system that never proves itself reboots, whatever that system contains.
#
# Writes systemd units below /run, which is moved into the new root. The same contract as a normal boot's deadline:
# only /run/lifeboot/verdict stops it. An init other than systemd ignores all this; that is said in `degraded`.

# find_systemctl ROOT: the command as the new root knows it; older systemd needs an absolute path.
find_systemctl() {
	for lb_systemctl in /usr/bin/systemctl /bin/systemctl; do
		[ ! -x "$1$lb_systemctl" ] || return 0
	done
	return 1
}

# write_deadline ROOT ON_BOOT: the timer, what ends emergency shells, and what makes systemd itself reboot.
write_deadline() {
	if ! find_systemctl "$1"; then
		degrade "no systemd in this root: nothing reboots it if it never proves itself"
		return 0
	fi
	lb_units=/run/systemd/system
	busybox mkdir -p "$lb_units" && write_timer "$lb_units" "$2" &&
		end_shell "$lb_units" emergency && end_shell "$lb_units" rescue && write_manager_conf && return 0
	degrade "the deadline could not be written: nothing reboots this system if it never proves itself"
}

write_timer() {
	busybox cat >"$1/lifeboot-deadline.timer" <<-END || return 1
		[Unit]
		Description=Reboot unless this boot has its verdict by then
		DefaultDependencies=no
		IgnoreOnIsolate=yes
		[Timer]
		OnBootSec=$2
		AccuracySec=1s
	END
	busybox cat >"$1/lifeboot-deadline.service" <<-END || return 1
		[Unit]
		Description=Reboot: this boot never proved itself
		DefaultDependencies=no
		IgnoreOnIsolate=yes
		ConditionPathExists=!/run/lifeboot/verdict
		[Service]
		Type=oneshot
		ExecStart=$lb_systemctl --force reboot
	END
	for lb_target in sysinit emergency rescue; do
		busybox mkdir -p "$1/$lb_target.target.wants" || return 1
		busybox ln -sf ../lifeboot-deadline.timer "$1/$lb_target.target.wants/" || return 1
	done
}

# end_shell UNITS NAME: an emergency or rescue shell on an unattended node ends after a minute.
end_shell() {
	busybox mkdir -p "$1/$2.service.d" &&
		busybox cat >"$1/$2.service.d/lifeboot.conf" <<-END
			[Service]
			ExecStartPre=
			ExecStart=
			ExecStart=-/bin/sh -c 'echo "lifeboot: $2 mode on an unattended node: reboot in 60 s"; sleep 60; $lb_systemctl --force reboot'
			ExecStopPost=
			StandardInput=null
			StandardOutput=journal+console
		END
}

# By two names: the second comes after whatever the slot itself has, and the last word counts.
write_manager_conf() {
	busybox mkdir -p /run/systemd/system.conf.d &&
		busybox ln -sf lifeboot.conf /run/systemd/system.conf.d/zzzz-lifeboot.conf &&
		busybox cat >/run/systemd/system.conf.d/lifeboot.conf <<-END
			[Manager]
			CrashReboot=yes
			$(watchdog_lines)
		END
}

# watchdog_lines: what systemd is told of the hardware watchdog; as in the units of a normal boot.
watchdog_lines() {
	[ "${LIFEBOOT_WATCHDOG:-60}" -gt 0 ] || return 0
	printf '%s\n' "RuntimeWatchdogSec=${LIFEBOOT_WATCHDOG:-60}s" ShutdownWatchdogSec=300s RebootWatchdogSec=300s \
		"WatchdogDevice=${LIFEBOOT_WATCHDOG_DEVICE:-/dev/watchdog}"
}
