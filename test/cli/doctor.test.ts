/** `lifeboot doctor`: a sound node has no complaint, and each fault is found, with what to do about it. */
import assert from 'node:assert/strict';
import type { Ports, Survey } from '../../src/app/ports.ts';
import type { FoundBase } from '../../src/core/boot/facts.ts';
import { BootError } from '../../src/core/errors.ts';
import type { FileFact } from '../../src/core/operate/examine-files.ts';
import type { Finding } from '../../src/core/operate/finding.ts';
import type { MediumCopies } from '../../src/core/repair/medium-copies.ts';
import type { WatchdogFacts } from '../../src/core/root/watchdog-facts.ts';
import { VERSION } from '../../src/core/version.ts';
import { type Ran, runLine } from '../support/fake-io.ts';
import { bootInfo, CONFIG_TEXT, type FakeSetup, fakeNode, someState } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

const CONFIG = `${CONFIG_TEXT}
[tunnel]
host = "bastion.example.org"
user = "node-W023"
forward = "0:localhost:22"
`;
const secret: FileFact = { mode: 0o100600, uid: 0, sizeBytes: 400, modifiedMs: 1000 };
const image = { ...secret, modifiedMs: 2000 };
const FILES: Readonly<Record<string, FileFact>> = {
  '/etc/lifeboot/tunnel_key': secret,
  '/etc/lifeboot/selfcheck_key': secret,
  '/etc/lifeboot/known_hosts': { ...secret, mode: 0o100644 },
  '/etc/lifeboot/lifeboot.toml': secret,
  '/usr/lib/lifeboot/lifeboot': secret,
  '/boot/initrd.img-6.1.0': image,
  '/boot/initrd.img-6.1.0.proven': image,
  '/run/lifeboot/data/lifeboot/identity': secret,
};

const WATCHDOG: WatchdogFacts = {
  name: 'watchdog0',
  identity: 'i6300ESB timer',
  options: 0x8180,
  nowayout: false,
  isActive: true,
  timeoutSeconds: 60,
};

interface Fault extends FakeSetup {
  readonly files?: Readonly<Record<string, FileFact | null>>;
  readonly missingDevice?: string;
  readonly survey?: Partial<Survey>;
  readonly medium?: MediumCopies;
  readonly recovery?: Partial<FoundBase>;
}

const CARRIED: MediumCopies = {
  copies: [{ path: '/etc/lifeboot/tunnel_key', copy: 'same', modifiedMs: 1000, ownModifiedMs: 1000 }],
  initramfsMs: null,
};

function examine(fault: Fault = {}, line = 'doctor --json'): Ran {
  const plain = fakeNode({ config: CONFIG, info: bootInfo(), holds: { 'LABEL=recovery-root': 'rrrr' }, ...fault });
  const inspectBase: Ports['inspectBase'] = (root, recorded) => ({
    ...plain.ports.inspectBase(root, recorded),
    ...fault.recovery,
  });
  const node = { ...plain, ports: { ...plain.ports, inspectBase } };
  const files = { ...FILES, ...fault.files };
  const survey: Survey = {
    file: (path) => files[path] ?? null,
    sameContent: () => true,
    expand: () => ['/etc/lifeboot/tunnel_key'],
    findDevice(name) {
      if (name === fault.missingDevice) throw new BootError('ABSENT', `device '${name}' was not found`);
      return { path: '/dev/vda1', notes: [] };
    },
    whyReadOnly: () => null,
    unitState: () => 'enabled',
    kernelRelease: () => '6.1.0',
    watchdog: () => ({ isPresent: true, facts: WATCHDOG }),
    ...fault.survey,
  };
  const repairs = { ...node.ports.repairs, findCopies: () => fault.medium ?? CARRIED };
  return runLine(line, { ...node, ports: { ...node.ports, survey, repairs } });
}

/** What is not in order, as `level subject: found`. */
function complaints(fault: Fault): string[] {
  const findings: Finding[] = JSON.parse(examine(fault).out);
  for (const { level, advice } of findings) assert.equal(advice === null, level === 'ok');
  return findings
    .filter(({ level }) => level !== 'ok')
    .map(({ level, subject, found }) => `${level} ${subject}: ${found}`);
}

spec('doctor', {
  'finds nothing on a sound node': () => {
    assert.deepEqual(complaints({}), []);
    const { code, out } = examine({}, 'doctor');
    assert.equal(code, 0);
    assert.match(out, /^ok {4}configuration: '\/etc\/lifeboot\/lifeboot\.toml' is in order$/m);
    assert.match(out, /^ok {4}server: on bastion\.example\.org, sshd_config should say:$/m);
    assert.match(out, /^\d+ ok, 0 to look at, 0 failed$/m);
    for (const line of out.split('\n')) assert.ok(line.length <= 80, line);
  },
  'finds each fault, with a level': () => {
    const faults: readonly (readonly [Fault, readonly string[]])[] = [
      [{ missingDevice: 'PARTLABEL=root-b' }, ["fail slot b: device 'PARTLABEL=root-b' was not found"]],
      [{ files: { '/etc/lifeboot/tunnel_key': null } }, ["fail tunnel key: '/etc/lifeboot/tunnel_key' is missing"]],
      [
        { files: { '/etc/lifeboot/tunnel_key': { ...secret, mode: 0o100640 } } },
        ["fail tunnel key: '/etc/lifeboot/tunnel_key' has mode 0640, and ssh refuses it"],
      ],
      [
        { files: { '/etc/lifeboot/known_hosts': { ...secret, sizeBytes: 0 } } },
        ["fail known hosts: '/etc/lifeboot/known_hosts' is empty"],
      ],
      [
        { survey: { unitState: (name) => (name === 'lifeboot-confirm.timer' ? 'disabled' : 'enabled') } },
        ['fail units: lifeboot-confirm.timer is disabled: no boot is ever proven'],
      ],
      [{ survey: { whyReadOnly: () => "'x' is write-protected" } }, ["fail state: 'x' is write-protected"]],
      [
        { reading: { kind: 'corrupt', why: 'checksums' } },
        ['fail state: the boot state is corrupt: checksums', 'warn degraded: the boot state is corrupt: checksums'],
      ],
      [
        { files: { '/boot/initrd.img-6.1.0': { ...image, modifiedMs: 500 } } },
        [
          "warn initramfs: older than '/usr/lib/lifeboot/lifeboot', '/etc/lifeboot/lifeboot.toml', '/etc/lifeboot/tunnel_key'",
        ],
      ],
      [
        { files: { '/boot/initrd.img-6.1.0': { ...image, mode: 0o100644 } } },
        ["fail initramfs: '/boot/initrd.img-6.1.0' holds keys and can be read by others"],
      ],
      [{ files: { '/boot/initrd.img-6.1.0.proven': null } }, ['warn initramfs: no image is kept that proved itself']],
      [{ info: null }, ['warn boot: lifeboot did not boot this system']],
      [{ info: bootInfo({ degraded: ['the upper is tmpfs'] }) }, ['warn degraded: the upper is tmpfs']],
      [
        { survey: { watchdog: () => ({ isPresent: false, facts: WATCHDOG }) } },
        ['warn watchdog: there is no /dev/watchdog'],
      ],
      [{ state: { ...someState(), owner: 'W007' } }, ["warn state: it is of node 'W007', and this is 'W023'"]],
      [
        { info: bootInfo({ version: '0.0.9' }) },
        [`warn initramfs: lifeboot 0.0.9 started this system, and ${VERSION} is installed`],
      ],
      [{ isRoot: false }, ['warn doctor: you are not root']],
      [{ config: `${CONFIG}\n[confirm]\nhold = "2 parsecs"\n` }, []],
    ];
    for (const [fault, expected] of faults.slice(0, -1)) assert.deepEqual(complaints(fault), expected);
    assert.match(complaints(faults.at(-1)?.[0] ?? {})[0] ?? '', /^fail configuration: .*'confirm\.hold'/);
  },
  'finds what the boot stage leaves alone because it can be pulled out, before the reboot that would show it': () => {
    const all = { survey: { findDevice: () => ({ path: '/dev/sdb1', notes: [], removable: true }) } };
    assert.deepEqual(complaints(all), [
      'warn slot a: /dev/sdb1 is removable, so it is given no identity files when it is booted without lifeboot',
      'warn slot b: /dev/sdb1 is removable, so it is given no identity files when it is booted without lifeboot',
      'warn slot r: /dev/sdb1 is removable, so it is given no identity files when it is booted without lifeboot',
      'fail upper: /dev/sdb1 is removable, so the boot stage leaves it alone: nothing in the upper holds, and no renewed key',
    ]);
    const allowed = CONFIG.replaceAll(/^(root = .*|\[upper\])$/gm, '$1\nremovable = true');
    assert.deepEqual(complaints({ ...all, config: allowed }), []);
  },
  'finds a recovery medium that is missing, older than the identity, or a stranger': () => {
    const [file] = CARRIED.copies;
    assert.ok(file !== undefined);
    const medium = (change: Partial<typeof file>, initramfsMs: number | null = null): Fault => ({
      medium: { copies: [{ ...file, ...change }], initramfsMs },
    });
    const missing = { copy: 'missing', modifiedMs: null } as const;
    const faults: readonly (readonly [Fault, readonly string[]])[] = [
      [
        { missingDevice: 'LABEL=recovery-root', holds: {} },
        ["fail slot r: device 'LABEL=recovery-root' was not found"],
      ],
      [
        medium({ copy: 'differs', modifiedMs: 500 }),
        ["warn recovery r: it carries older versions of '/etc/lifeboot/tunnel_key'"],
      ],
      [
        medium({ copy: 'differs', modifiedMs: 2000 }),
        ["warn recovery r: it carries other versions of '/etc/lifeboot/tunnel_key'"],
      ],
      [
        medium(missing),
        [
          "warn recovery r: it carries no copy of '/etc/lifeboot/tunnel_key': without the data partition it has no tunnel",
        ],
      ],
      [medium(missing, 500), ["warn recovery r: its initramfs is older than '/etc/lifeboot/tunnel_key'"]],
      [medium(missing, 1000), []],
      [
        { recovery: { removable: true } },
        ['warn recovery r: it is removable and was never proven, so it is given no identity files and has no tunnel'],
      ],
      [
        {
          recovery: { removable: true },
          config: CONFIG.replace('role = "recovery"', 'role = "recovery"\nremovable = true'),
        },
        [],
      ],
    ];
    for (const [fault, expected] of faults) assert.deepEqual(complaints(fault), expected);
  },
  'finds the source of a repair that is missing': () => {
    const reflash = `${CONFIG}\n[repair]\nauto = "reflash"\nsource = "/srv/system.ext4"\n`;
    assert.deepEqual(complaints({ config: reflash }), [
      "warn repair: '/srv/system.ext4', which a damaged slot is to be written from, is missing",
    ]);
    assert.deepEqual(complaints({ config: reflash, files: { '/srv/system.ext4': secret } }), []);
    assert.deepEqual(complaints({ config: reflash.replace('/srv/system.ext4', 'a') }), []);
  },
  'says when an image was not booted yet, and when the copies differ': () => {
    const survey = { sameContent: () => false };
    assert.deepEqual(complaints({ survey }), [
      "warn initramfs: '/boot/initrd.img-6.1.0' was not booted yet",
      "warn identity: other content on the data partition: '/etc/lifeboot/tunnel_key'",
    ]);
  },
  'does not ask for an image in /boot where a standalone one boots the node': () => {
    assert.deepEqual(complaints({ files: { '/boot/initrd.img-6.1.0': null } }), []);
    const plain = complaints({ files: { '/boot/initrd.img-6.1.0': null }, info: null });
    assert.deepEqual(plain[0], 'warn initramfs: no image of this kernel was found in /boot');
  },
  'ends with 1 at failures and with 3 at warnings': () => {
    assert.equal(examine({ missingDevice: 'PARTLABEL=root-b' }).code, 1);
    assert.equal(examine({ info: null }).code, 3);
  },
  'works on a node without anything': () => {
    const nothing: Fault = {
      config: '',
      reading: { kind: 'absent', why: 'no device' },
      info: null,
      isRoot: false,
      survey: { file: () => null, unitState: () => 'not installed', expand: () => [], sameContent: () => null },
    };
    const ran = examine(nothing, 'doctor');
    assert.deepEqual([ran.code, ran.err], [1, '']);
    assert.match(ran.out, /^fail {2}tunnel: there is no \[tunnel\]$/m);
  },
});
