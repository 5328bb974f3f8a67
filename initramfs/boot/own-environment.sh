# shellcheck shell=sh
# Takes our own settings out of the environment, where initramfs-tools' /init runs with the kernel's.
#
# The kernel hands every word of its command line that it does not know on as environment, and what is sourced or run
# here must not be up to that. (The standalone /init throws all of it away.)

PATH=/usr/local/sbin:$PATH
for lb_word in $(busybox env | busybox sed -n 's/^\(LB_[A-Za-z0-9_]*\|LIFEBOOT_[A-Za-z0-9_]*\)=.*/\1/p'); do unset "$lb_word"; done
LB_SHARE=/usr/share/lifeboot
