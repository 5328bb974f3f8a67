/** When the boot stage goes into rescue, and what it does when rescue cannot run. Root, mounts, loop devices, no network. */
import assert from 'node:assert/strict';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { inWorld, makeRoot, shells, stub, type WorldResult, withLoops } from './shell-world.ts';

const CONF = "printf 'time 60\\n' >/etc/lifeboot/rescue.conf\n";
const STAGE = 'boot_stage /mnt/sysroot\ncat /mnt/sysroot/etc/name /run/lifeboot/boot.json\n';
const roots = (...lines: readonly string[]): string =>
  `printf '%s\\n' ${lines.join(' ')} >/etc/lifeboot/fallback-roots\n`;

/** Stands in for rescue.sh, in a copy of the shell files. */
function rescueDoes(body: string): string {
  return `cp -r "$LB_SHARE" /run/share; LB_SHARE=/run/share
    cat >/run/share/rescue.sh <<'END'\necho "RESCUE RUNS" >&2\ncat /run/lifeboot/rescue /run/lifeboot/boot.json >&2\n${body}\nEND\n`;
}

/** The record of the boot that was printed last. */
function record(text: string): { mode: string; slot: null; degraded: string[] } {
  return JSON.parse(/^\{.*\}$/m.exec(text)?.[0] ?? 'null');
}

/** Runs the stage with one root that works. */
function withRoot(script: (root: string) => string, shell?: readonly string[]): WorldResult {
  return withTempDir((dir) => withLoops([makeRoot(dir, 'a', 'ext4')], ([root = '']) => inWorld(script(root), shell)));
}

spec('enter_rescue', {
  'is the answer to a lifeboot that found nothing, and ends by a reboot, in each shell': () => {
    for (const shell of shells) {
      const { status, console: said } = withRoot(
        (root) => `${CONF}${roots(root)}${rescueDoes('exit 0')}${stub('exit 69')}${STAGE}`,
        shell,
      );
      assert.equal(status, 75);
      assert.match(
        said,
        /RESCUE RUNS\nreason\tlifeboot found nothing that can be booted\n[\s\S]*REBOOT: rescue is over/,
      );
      assert.equal(record(said).mode, 'rescue');
    }
  },
  "keeps lifeboot's own reason, time and record": () => {
    const left =
      'printf \'reason\\tits own\\nseconds\\t99\\n\' >/run/lifeboot/rescue; echo \'{"mode":"own"}\' >/run/lifeboot/boot.json';
    const { console: said } = inWorld(`${CONF}${rescueDoes('exit 0')}${stub(`${left}; exit 69`)}${STAGE}`);
    assert.match(said, /RESCUE RUNS\nreason\tits own\nseconds\t99\n\{"mode":"own"\}/);
  },
  'leaves a crash of lifeboot to the roots, and comes when none of them works': () => {
    const crash = stub('kill -SEGV $$');
    const booted = withRoot((root) => `${CONF}${roots(root)}${rescueDoes('exit 0')}${crash}${STAGE}`);
    assert.equal(booted.status, 0);
    assert.doesNotMatch(booted.console, /RESCUE RUNS/);
    const dark = inWorld(`${CONF}${roots('/dev/gone')}${rescueDoes('exit 0')}${crash}${STAGE}`);
    assert.match(dark.console, /'\/dev\/gone': no such device[\s\S]*RESCUE RUNS[\s\S]*REBOOT: rescue is over/);
  },
  'has one boot in four of a lifeboot that crashes: its roots may all boot, and none be reached': () => {
    const crash = stub(
      'mount -t tmpfs left /run/lifeboot/base 2>/dev/null || mkdir -p /run/lifeboot/base; kill -SEGV $$',
    );
    const bootWith = (digit: string, settings = CONF): WorldResult =>
      withRoot(
        (root) => `echo 0000000${digit} >/run/id; mount --bind /run/id /proc/sys/kernel/random/boot_id
          ${settings}${roots(root)}${rescueDoes('exit 0')}${crash}${STAGE}`,
      );
    const came = ['3', '7', 'b', 'c', 'f'].filter((digit) => /RESCUE RUNS/.test(bootWith(digit).console));
    assert.deepEqual(came, ['c', 'f']);
    assert.equal(record(bootWith('c').console).mode, 'rescue');
    assert.match(bootWith('c').console, /reason\tlifeboot itself fails/);
    assert.equal(record(bootWith('c', '').out).mode, 'fallback', 'not in this image');
  },
  'gives way to the roots when rescue cannot run or breaks, and leaves nothing of it': () => {
    for (const [way, words] of [
      ['exit 1', /rescue cannot run on this node/],
      ['exit 2', /rescue ended unexpectedly \(exit 2\)/],
      ['kill -9 $$', /rescue ended unexpectedly \(exit 137\)/],
    ] as const) {
      const script = (root: string): string =>
        `${CONF}${roots(root)}${rescueDoes(way)}${stub('exit 69')}${STAGE}ls /run/lifeboot/rescue`;
      const { out } = withRoot(script);
      assert.deepEqual([out.split('\n')[0], record(out).mode], ['a', 'fallback']);
      assert.match(record(out).degraded.join('\n'), words);
      assert.doesNotMatch(out, /run\/lifeboot\/rescue/);
    }
  },
  'says what the real rescue lacks here, and is not tried where it is not in the image': () => {
    const real = withRoot((root) => `${CONF}${roots(root)}${stub('exit 69')}${STAGE}`);
    assert.match(real.console, /rescue cannot run: there is no command line for ssh/);
    assert.equal(record(real.out).mode, 'fallback');
    const none = withRoot((root) => `${roots(root)}${rescueDoes('exit 0')}${stub('exit 69')}${STAGE}`);
    assert.doesNotMatch(none.console, /RESCUE/);
    assert.equal(record(none.out).mode, 'fallback');
  },
  'lets every other boot try the roots first where the end of the round could not be written down': () => {
    const unsaved = stub("printf 'reason\\tx\\nseconds\\t60\\nunsaved\\tyes\\n' >/run/lifeboot/rescue; exit 69");
    const bootWith = (digit: string): WorldResult =>
      withRoot(
        (root) => `echo 0000000${digit} >/run/id; mount --bind /run/id /proc/sys/kernel/random/boot_id
          ${CONF}${roots(root)}${rescueDoes('exit 0')}${unsaved}${STAGE}`,
      );
    assert.match(bootWith('7').console, /RESCUE RUNS/);
    const other = bootWith('8');
    assert.doesNotMatch(other.console, /RESCUE RUNS/);
    assert.equal(record(other.out).mode, 'fallback');
  },
});

spec('load_network', {
  'goes on without a driver that hangs: the other ports may be what reaches the node': () => {
    for (const shell of shells) {
      const { out, console: said } = inWorld(
        `. "$LB_SHARE/rescue-needs.sh"; wired_ports() { echo eth0; }
        rm -f /usr/sbin/modprobe
        printf '#!/bin/sh\\n[ "$2" != hangs ] || sleep 50\\necho "$2" >>/run/loaded\\n' >/usr/sbin/modprobe
        chmod +x /usr/sbin/modprobe; printf 'first\\nhangs\\nlast\\n' >/etc/lifeboot/rescue-modules
        LIFEBOOT_MODULE_LIMIT=1; load_network && cat /run/loaded`,
        shell,
      );
      assert.equal(out, 'first\nlast\n');
      assert.match(said, /the driver 'hangs' hangs, going on without it/);
    }
  },
});
