# shellcheck shell=sh
# Writes /run/lifeboot/boot.json for a boot that the shell had to make, so that `lifeboot status` works in it.
#
# Invariant: always valid JSON, whatever a label or a message contains: only printable ASCII gets in, quoted.

# json_list FILE: its lines as a JSON array of strings; [] when there is none.
json_list() {
	lb_separator=
	printf '['
	if [ -r "$1" ]; then
		busybox tr -cd '\n\040-\176' <"$1" | busybox sed 's/[\\"]/\\&/g' |
			while IFS= read -r lb_line; do
				printf '%s"%s"' "$lb_separator" "$lb_line"
				lb_separator=,
			done
	fi
	printf ']'
}

# write_boot_record STARTED_MS [MODE]: appears by rename, or not at all.
write_boot_record() {
	read -r lb_boot_id </proc/sys/kernel/random/boot_id || lb_boot_id=
	lb_boot_id=$(printf '%s' "$lb_boot_id" | busybox tr -d -)
	{
		printf '{"bootId":"%s","slot":null,"attempt":null,"mode":"%s","degraded":' "$lb_boot_id" "${2:-fallback}"
		json_list "$LB_RUN/degraded.list"
		printf ',"trace":'
		json_list "$LB_RUN/initramfs.log"
		printf ',"timingsMs":{"total":%d}}\n' "$(($(milliseconds) - $1))"
	} >"$LB_RUN/boot.json.new" && busybox mv -f "$LB_RUN/boot.json.new" "$LB_RUN/boot.json"
}
