"""Snapshots before and after each transaction of dnf 4, where `[snapshots] dnf = true`.

Copy it to the directory of dnf's plugins (dnf --version -v shows it). It never stops dnf.
"""
import subprocess

import dnf

HOOK = "/usr/lib/lifeboot/package-hook"


def hook(when):
    try:
        subprocess.run([HOOK, when, "dnf"], check=False)
    except OSError:
        pass


class Lifeboot(dnf.Plugin):
    name = "lifeboot"

    def pre_transaction(self):
        hook("pre")

    def transaction(self):
        hook("post")
