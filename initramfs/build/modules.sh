# shellcheck shell=bash
# Chooses the kernel modules of an image: file systems, disks, and the watchdogs that guard a boot.
#
# A module that this kernel does not have, or has built in, is no error: the list is for all boards.

MODULES_FILE_SYSTEMS='overlay loop squashfs ext4 erofs vfat nls_cp437 nls_ascii nls_iso8859-1 nls_utf8'
MODULES_DISKS='virtio_pci virtio_mmio virtio_blk virtio_scsi nvme ahci ata_piix sd_mod xen_blkfront hv_storvsc
	vmw_pvscsi megaraid_sas mpt3sas usb_storage uas xhci_pci ehci_pci ohci_pci uhci_hcd
	sdhci_pci sdhci_acpi mmc_block'
# The buses that bring iTCO_wdt its device come with it. Boards mostly have theirs built in.
MODULES_WATCHDOGS='iTCO_wdt lpc_ich i2c_i801 wdat_wdt sp5100_tco i6300esb ib700wdt hpwdt
	bcm2835_wdt dw_wdt imx2_wdt sunxi_wdt meson_gxbb_wdt tegra_wdt sbsa_gwdt'
MODULES_OTHER="$MODULES_WATCHDOGS virtio_rng"

# copy_modules DIRECTORY TREE MODULE...: copies them with what they depend on, unpacked, and the lists for modprobe.
copy_modules() {
	local directory=$1 tree=$2 version base file target
	shift 2
	version=$(basename "$directory")
	base=$work/modules-base
	mkdir -p "$base/lib/modules"
	ln -sfn "$directory" "$base/lib/modules/$version"
	[ -e "$directory/modules.dep.bin" ] || fail "'$directory' has no modules.dep.bin; run depmod first" 65
	# -C: this machine's own modprobe.d says nothing about the node.
	modprobe -a -q -C /dev/null -d "$base" -S "$version" --ignore-install --show-depends "$@" |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }' >"$work/modules.list" || :
	while read -r file; do
		target=$tree/usr/lib/modules/$version/${file#"$base/lib/modules/$version/"}
		mkdir -p "${target%/*}"
		case $file in
		*.ko) cp "$file" "$target" ;;
		*.ko.xz) xz -dc "$file" >"${target%.xz}" ;;
		*.ko.zst) zstd -q -dc "$file" >"${target%.zst}" ;;
		*.ko.gz) gzip -dc "$file" >"${target%.gz}" ;;
		*) fail "cannot unpack module '$file'" 65 ;;
		esac
	done <"$work/modules.list"
	make_module_lists "$directory" "$tree" "$version"
}

# Only the text lists: busybox modprobe reads no others.
make_module_lists() {
	local into=$2/usr/lib/modules/$3 name
	mkdir -p "$into"
	for name in modules.builtin modules.builtin.modinfo modules.order; do
		[ ! -e "$1/$name" ] || cp "$1/$name" "$into/"
	done
	depmod -b "$2" "$3"
	find "$into" -maxdepth 1 -type f ! -name modules.dep ! -name modules.alias ! -name modules.symbols \
		! -name modules.builtin -delete
}

# has_module DIRECTORY NAME: built in or loadable; `-` and `_` are the same in module names.
has_module() {
	grep -q "/${2//[-_]/[-_]}\.ko" "$1/modules.builtin" "$1/modules.dep"
}
