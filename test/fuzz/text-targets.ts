/**
 * Text: the configuration, the kernel's settings, the command line, what ssh and the kernel print.
 */
import { parseArgs } from '../../src/cli/args.ts';
import { applyOverrides } from '../../src/core/config/overrides.ts';
import { parseConfig } from '../../src/core/config/parse-config.ts';
import { parseDuration } from '../../src/core/duration.ts';
import { BootError } from '../../src/core/errors.ts';
import { lifebootSettings, parseBootconfig, parseKernelCmdline } from '../../src/core/kernel-cmdline.ts';
import { judgeCheck } from '../../src/core/repair/file-system-check.ts';
import { expectedKernelFiles } from '../../src/core/repair/kernel-files.ts';
import { parseBlkidExport } from '../../src/core/root/blkid.ts';
import { parseDeviceName } from '../../src/core/root/device-name.ts';
import { classifyMountFailure } from '../../src/core/root/mount-failure.ts';
import { lowerLayers, parseMountinfo, pointsBelow } from '../../src/core/root/mountinfo.ts';
import { cleanPath, globPattern, persistName } from '../../src/core/root/store-names.ts';
import { parseWatchdogFacts } from '../../src/core/root/watchdog-facts.ts';
import { formatAnswer, parseAnswer, withAuthorizedLine } from '../../src/core/ssh/proof-echo.ts';
import { formatForward, parseForward } from '../../src/core/ssh/ssh-forward.ts';
import { parseTcpTable } from '../../src/core/ssh/ssh-link.ts';
import { readLogin } from '../../src/core/ssh/ssh-login.ts';
import { lastLine, readProbe, readRefusal, readTrouble, withoutDebug } from '../../src/core/ssh/ssh-outcome.ts';
import { makeRunFiles } from '../../src/platform/run-files.ts';
import { readUnitState } from '../../src/platform/survey.ts';
import { on } from '../crash/disk/install.ts';
import { Machine, WORLD } from '../crash/disk/machine.ts';
import { simulatedCalls } from '../crash/disk/name-calls.ts';
import { SUPERBLOCK } from '../support/fake-repairs.ts';
import { Broken, type Target } from './fuzz.ts';
import { CMDLINES, COMMANDS, CONFIG_TEXTS, MOUNTINFO, SSH_TEXTS, SSH_WORDS, TOML_WORDS } from './texts.ts';

const bytes = (texts: readonly string[]): readonly Uint8Array[] => texts.map((text) => Buffer.from(text));
const BOOT_ID = '0123456789abcdef0123456789abcdef';

/** Refusing is an answer; anything but a BootError, or one that calls itself a bug, is none. */
function orRefused(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch (error) {
    if (error instanceof BootError && error.code !== 'INTERNAL') return false;
    throw error;
  }
}

function askConfig(input: Buffer): boolean {
  const { config, problems } = parseConfig(input.toString('utf8'), 'fuzz.toml');
  if (Object.keys(config.slots).length === 0) throw new Broken('a configuration without slots');
  if (!(config.confirm.deadlineSeconds > 0)) throw new Broken('a configuration without a deadline');
  return problems.length === 0;
}

const TRUSTED = ['tunnel', 'identity', 'state', 'slots', 'persist', 'node', 'install', 'repair', 'rescue'] as const;

/** Kernel settings: nothing but the few that are allowed may change the configuration. */
function askSettings(settings: ReturnType<typeof parseKernelCmdline>): boolean {
  const own = lifebootSettings(settings);
  const plain = parseConfig(CONFIG_TEXTS[0] ?? '', 'fuzz.toml');
  const { config } = parseConfig(CONFIG_TEXTS[0] ?? '', 'fuzz.toml', own);
  for (const key of TRUSTED) {
    if (JSON.stringify(config[key]) !== JSON.stringify(plain.config[key]))
      throw new Broken(`the kernel's settings changed '${key}'`);
  }
  applyOverrides({}, own);
  return own.length > 0;
}

function askSsh(input: Buffer): boolean {
  const text = input.toString('utf8');
  const ended = { status: 255, stdout: '', stderr: text, trouble: null, timedOut: false };
  readTrouble(text);
  readRefusal(text);
  withoutDebug(text);
  lastLine(text);
  readLogin(ended, BOOT_ID, 'root', 'localhost port 22');
  readProbe({ ...ended, timedOut: true });
  parseTcpTable(text);
  withAuthorizedLine(text, 'restrict ssh-ed25519 AAAA lifeboot');
  return readProbe(ended).kind === 'answered';
}

/** Only the id of this very boot, as its own answer, is a proof. */
function askLogin(input: Buffer): boolean {
  const stdout = input.toString('utf8');
  const ended = { status: 0, stdout, stderr: '', trouble: null, timedOut: false };
  const isProven = readLogin(ended, BOOT_ID, 'root', 'localhost port 22').kind === 'proven';
  if (isProven && !stdout.includes(BOOT_ID)) throw new Broken('a login without the boot id is a proof');
  parseAnswer(stdout);
  return isProven;
}

function askMountinfo(input: Buffer): boolean {
  const entries = parseMountinfo(input.toString('utf8'));
  for (const entry of entries) lowerLayers(entry.superOptions);
  pointsBelow(entries, ['/', '/run']);
  return entries.length > 0;
}

function askNames(input: Buffer): boolean {
  const text = input.toString('utf8');
  const accepted = [
    orRefused(() => parseDeviceName(text)),
    orRefused(() => parseForward(text) && formatForward(parseForward(text))),
    orRefused(() => {
      if (cleanPath(text).split('/').includes('..')) throw new Broken('a path that climbs');
      if (persistName(text).includes('/')) throw new Broken('a persistent name with a slash');
    }),
  ];
  parseDuration(text);
  globPattern(text)?.test('a'.repeat(60));
  readUnitState(text);
  parseBlkidExport(text);
  classifyMountFailure(text);
  return accepted.includes(true);
}

const CMDLINE_WORDS = [
  'lifeboot.',
  '=',
  '"',
  ' ',
  '--',
  '\n',
  'lifeboot.slot=b',
  'lifeboot.tunnel.host=x',
  'lifeboot.__proto__.x=1',
  'lifeboot.log=debug',
];

/** What programs say, and what slots hold for bootloaders. */
function askSlots(input: Buffer): boolean {
  const text = input.toString('utf8');
  const ended = { status: 4, stdout: text, stderr: text, trouble: null };
  judgeCheck({ ...SUPERBLOCK, type: 'ext4' }, ended);
  judgeCheck({ ...SUPERBLOCK, type: 'erofs' }, ended);
  const paths = expectedKernelFiles({ names: text.split('\n'), links: [], extlinux: text });
  const facts = parseWatchdogFacts('watchdog0', () => text);
  return paths.length > 0 || facts.options !== null;
}

/** What carries this boot's facts, if somebody else has written it. */
function askRunFiles(input: Buffer): boolean {
  const machine = new Machine({ inodes: new Map(), roots: new Map() });
  return on(machine, () => {
    const calls = simulatedCalls(machine);
    for (const name of ['boot.json', 'verdict', 'tend.json']) calls.writeFileSync(`${WORLD}/${name}`, input);
    const run = makeRunFiles(WORLD);
    run.readVerdict();
    run.readTend();
    let isRead = false;
    orRefused(() => {
      isRead = run.readBootInfo() !== null;
    });
    return isRead;
  });
}

export const TEXT_TARGETS: readonly Target[] = [
  { name: 'configuration', seeds: bytes(CONFIG_TEXTS), words: TOML_WORDS, ask: askConfig, share: 2 },
  {
    name: 'command line',
    seeds: bytes(COMMANDS.map((words) => words.join('\0'))),
    words: [
      ...COMMANDS.flat(),
      '\0',
      '--',
      '-',
      '--no-',
      '=',
      '--json',
      '--constructor',
      '__proto__',
      '0x10',
      '1e5',
      '',
    ],
    ask: (input) => orRefused(() => parseArgs('lifeboot', input.toString('utf8').split('\0'))),
  },
  {
    name: 'kernel command line',
    seeds: bytes(CMDLINES),
    words: CMDLINE_WORDS,
    ask: (input) => askSettings(parseKernelCmdline(input.toString('utf8'))),
  },
  {
    name: 'bootconfig',
    seeds: bytes(CMDLINES.map((line) => line.replaceAll(' ', '\n').replaceAll(/=(.*)/g, ' = "$1"'))),
    words: CMDLINE_WORDS,
    ask: (input) => askSettings(parseBootconfig(input.toString('utf8'))),
  },
  { name: 'ssh output', seeds: bytes(SSH_TEXTS), words: SSH_WORDS, ask: askSsh },
  {
    name: 'self-check answer',
    seeds: bytes([formatAnswer(BOOT_ID), `motd\n${formatAnswer(BOOT_ID)}`, BOOT_ID]),
    words: [BOOT_ID, '\n', 'lifeboot', ' '],
    ask: askLogin,
  },
  {
    name: 'mountinfo',
    seeds: bytes(MOUNTINFO),
    words: [' - ', '\\040', ',', 'lowerdir+=', 'lowerdir=', ':', '\\', '\n'],
    ask: askMountinfo,
  },
  {
    name: 'names, paths, durations',
    seeds: bytes([
      'PARTLABEL=root-a',
      'UUID=0',
      '/dev/vda1',
      '0:localhost:22',
      '/home/x/rtun.sock:localhost:22',
      '[::1]:5:h:2',
      '/var/lib/../x',
      '2h 30min',
      '/etc/ssh/ssh_host_*',
      'DEVNAME=/dev/a\nTYPE=ext4\n',
      'LoadState=loaded\nWantedBy=x\n',
    ]),
    words: ['=', ':', '/', '..', '*', '?', '[', ']', '\0', 'LABEL=', 'infinity', '1e9', 'us', '\\x2e'],
    ask: askNames,
  },
  {
    name: 'file system checks, boot files, watchdogs',
    seeds: bytes([
      'e2fsck 1.47.0\nPass 1: Checking inodes\nInode 12 has zero dtime. Fix? no\nroot: WARNING: Filesystem still has errors\n',
      'vmlinuz-6.1\ninitrd.img-6.1\nLABEL l\n LINUX /boot/Image\n INITRD initrd,x\n FDT a.dtb\n',
      '0x8180',
    ]),
    words: ['\n', 'LINUX ', 'INITRD ', '? no', '<E> erofs: ', 'vmlinuz-', 'initramfs-', '.img', ','],
    ask: askSlots,
  },
  {
    name: 'files below /run/lifeboot',
    seeds: bytes([
      JSON.stringify({ bootId: BOOT_ID, slot: 'a', attempt: 1, mode: 'normal', degraded: [], trace: [] }),
      '{"bootId":"0","slot":null,"mode":"fallback","degraded":["lifeboot is missing"]}',
      '{"looks":[{"at":1,"good":true}],"taken":["tunnel"]}',
    ]),
    words: ['null', '{}', '[]', '"', '\\', ',', '"bootId":5', '"looks":null', '0'],
    ask: askRunFiles,
  },
];
