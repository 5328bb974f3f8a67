/**
 * The packed binary, from the outside: help, exit codes, a state file from `init` to `rollback`, the lock, and other users.
 *
 * Runs as root, changes nothing but temporary files.
 */
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSchema } from '../../support/check-schema.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';

const binary = join(import.meta.dirname, '../../../dist/lifeboot');
const CONFIG = `
[node]
name = "W023"
[state]
device = "PARTLABEL=there-is-no-such-state"
[slots.a]
root = "PARTLABEL=there-is-no-such-root-a"
[slots.b]
root = "PARTLABEL=there-is-no-such-root-b"
`;

interface Bench {
  readonly dir: string;
  readonly config: string;
  readonly state: string;
  lifeboot(...words: readonly string[]): SpawnSyncReturns<string>;
  code(...words: readonly string[]): number | null;
}

function start(words: readonly string[], program = binary): SpawnSyncReturns<string> {
  return spawnSync(program, words, { encoding: 'utf8', timeout: 60_000, env: { PATH: process.env['PATH'] ?? '' } });
}

function withBench(body: (bench: Bench) => void): void {
  withTempDir((dir) => {
    const [config, state] = [join(dir, 'lifeboot.toml'), join(dir, 'lifeboot.state')];
    writeFileSync(config, CONFIG);
    const lifeboot = (...words: readonly string[]) => start(['--config', config, '--state', state, ...words]);
    body({ dir, config, state, lifeboot, code: (...words) => lifeboot(...words).status });
  });
}

spec('dist/lifeboot', {
  'answers help and version, and refuses what it does not know': () => {
    const help = start(['--help']);
    assert.equal(help.status, 0);
    assert.match(help.stdout, /usage: lifeboot VERB/);
    assert.match(start(['--version']).stdout, /^lifeboot \d+\.\d+\.\d+\n$/);
    assert.match(start(['switch', '--help']).stdout, /example: lifeboot switch b --once/);
    const verb = start(['stauts']);
    assert.deepEqual(
      [verb.status, verb.stdout, verb.stderr],
      [64, '', "lifeboot: unknown verb 'stauts'\nhint: did you mean 'status'?\n"],
    );
    assert.equal(start(['status', '--jsno']).status, 64);
    assert.equal(start([]).status, 64);
  },
  'takes a state file from init through switch and mark to rollback': () => {
    withBench(({ lifeboot, code, state }) => {
      assert.equal(code('switch', 'b'), 69);
      assert.equal(existsSync(state), false, 'a command that fails leaves no file behind');
      assert.equal(code('state', 'init', '--good', 'a', '--dry-run'), 0);
      assert.equal(existsSync(state), false);
      assert.equal(code('state', 'init', '--good', 'a'), 0);
      assert.ok(statSync(state).size >= 32_768);
      assert.equal(code('state', 'init'), 1);
      const before = readFileSync(state);
      assert.equal(code('switch', 'b', '--dry-run'), 0);
      assert.equal(code('switch', 'a'), 2);
      assert.equal(code('mark', 'good'), 69);
      assert.equal(code('switch', 'x'), 64);
      assert.deepEqual(readFileSync(state), before, 'nothing was written');
      assert.equal(code('switch', 'b'), 0);
      assert.equal(JSON.parse(lifeboot('status', '--json').stdout).next.slot, 'b');
      assert.equal(JSON.parse(lifeboot('plan', '--json').stdout).slot, 'b');
      assert.equal(code('mark', 'bad', 'b', '--reason', 'no modem'), 0);
      assert.equal(JSON.parse(lifeboot('status', '--json').stdout).next.slot, 'a');
      assert.equal(code('switch', 'b'), 0);
      assert.equal(code('rollback'), 0);
      assert.equal(code('rollback'), 69, 'nothing but a was ever proven');
      assert.equal(code('state', 'init', '--force'), 0);
      assert.equal(code('rollback'), 69);
      assert.deepEqual(JSON.parse(lifeboot('log', '--json').stdout), []);
    });
  },
  'prints JSON that fits its schema': () => {
    withBench(({ lifeboot }) => {
      lifeboot('state', 'init', '--good', 'a');
      for (const verb of ['status', 'plan', 'log']) {
        const schema = join(import.meta.dirname, `../../../bootconfig/schema/${verb}.schema.json`);
        const value = JSON.parse(lifeboot(verb, '--json').stdout);
        assert.deepEqual(checkSchema(value, JSON.parse(readFileSync(schema, 'utf8'))), [], verb);
      }
    });
  },
  'survives one broken record, and refuses two': () => {
    withBench(({ lifeboot, code, state }) => {
      lifeboot('state', 'init', '--good', 'a');
      lifeboot('switch', 'b');
      const bytes = readFileSync(state);
      const { record } = JSON.parse(lifeboot('state', 'show', '--json').stdout);
      const newest = record === 0 ? 0 : Math.floor(bytes.length / 2 / 16_384) * 16_384;
      writeFileSync(state, Buffer.from(bytes).fill(0x55, newest + 32, newest + 64));
      const status = lifeboot('status', '--json');
      assert.equal(status.status, 3, 'a broken record is degraded');
      assert.deepEqual(JSON.parse(status.stdout).order, ['a', 'b'], 'the older record holds');
      writeFileSync(state, Buffer.from(bytes).fill(0x55));
      assert.equal(code('switch', 'b'), 65);
      assert.equal(code('status'), 3);
      assert.equal(code('state', 'init'), 0);
    });
  },
  'never overwrites a state of a newer format': () => {
    withBench(({ lifeboot, code, state }) => {
      lifeboot('state', 'init');
      const bytes = readFileSync(state);
      for (const at of [0, Math.floor(bytes.length / 2 / 16_384) * 16_384]) makeNewer(bytes, at);
      writeFileSync(state, bytes);
      for (const words of [['switch', 'b'], ['state', 'init', '--force'], ['mark', 'bad', 'b'], ['reset-attempts']]) {
        assert.equal(code(...words), 65, words.join(' '));
      }
      assert.deepEqual(readFileSync(state), bytes);
    });
  },
  'refuses to write with a bad configuration, and shows each problem': () => {
    withBench(({ lifeboot, config }) => {
      lifeboot('state', 'init');
      writeFileSync(config, `${CONFIG}rote = 1\n[confirm]\ndeadline = "soon"\n`);
      const ran = lifeboot('switch', 'b');
      assert.equal(ran.status, 78);
      for (const key of ['slots.b.rote', 'confirm.deadline']) assert.ok(ran.stderr.includes(key), ran.stderr);
      assert.equal(lifeboot('status').status, 3);
      assert.equal(lifeboot('doctor').status, 1);
    });
  },
  'prints colours on a terminal only, all of a long text, and nothing about a reader that went away': () => {
    withBench(({ dir, config, state, lifeboot }) => {
      lifeboot('state', 'init', '--good', 'a');
      const line = `${binary} --config ${config} --state ${state}`;
      const env = { PATH: process.env['PATH'] ?? '' };
      const shell = (command: string) => spawnSync('sh', ['-c', command], { encoding: 'utf8', timeout: 60_000, env });
      const typescript = join(dir, 'typescript');
      shell(`script -qec '${line} status' ${typescript} </dev/null`);
      assert.match(readFileSync(typescript, 'utf8'), /\x1b\[32mgood/);
      shell(`NO_COLOR=1 script -qec '${line} status' ${typescript} </dev/null`);
      assert.doesNotMatch(readFileSync(typescript, 'utf8'), /\x1b\[32m/);
      assert.doesNotMatch(lifeboot('status').stdout, /\x1b/);
      const cut = shell(`${line} state show | { sleep 1; true; }; ${line} status >/dev/full; echo "code $?"`);
      assert.match(cut.stdout, /code 74/, 'a full disk is an error');
      assert.equal(shell(`${line} plan --json | (exec <&-; sleep 1)`).stderr, '');
    });
  },
  'is bootctl when called so': () => {
    withBench(({ dir, config, state, lifeboot }) => {
      lifeboot('state', 'init', '--good', 'a');
      const name = join(dir, 'bootctl');
      symlinkSync(binary, name);
      const bootctl = (...words: readonly string[]) => start([...words, '--config', config, '--state', state], name);
      assert.equal(bootctl('get-suffix', '1').stdout, '_b\n');
      assert.equal(bootctl('is-slot-marked-successful', '0').status, 0);
      assert.equal(bootctl('is-slot-marked-successful', '1').status, 70);
      assert.equal(bootctl('set-active-boot-slot', 'b').status, 64);
      assert.equal(bootctl('frobnicate').status, 64);
    });
  },
});

/** A record of format 2, whole and with the right checksum. */
function makeNewer(bytes: Buffer, at: number): void {
  bytes.writeUInt16LE(2, at + 8);
  const length = bytes.readUInt32LE(at + 12);
  if (bytes.toString('latin1', at, at + 8) !== 'LIFEBOOT') return;
  const checked = Buffer.concat([bytes.subarray(at, at + 24), bytes.subarray(at + 32, at + 32 + length)]);
  bytes.writeUInt32LE(crc32(checked), at + 24);
}

/** Written apart from the program's own, which it checks. */
function crc32(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

const NOBODY = 65_534;

function asNobody(words: readonly string[]): SpawnSyncReturns<string> {
  return start([`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', binary, ...words], 'setpriv');
}

spec('dist/lifeboot without root', {
  'ends with 77 before anything is touched': () => {
    for (const words of [['switch', 'b'], ['mark', 'good'], ['rollback'], ['boot'], ['confirm'], ['state', 'init']]) {
      const ran = asNobody(words);
      assert.equal(ran.status, 77, words.join(' '));
      assert.match(ran.stderr, /^lifeboot: only root may run/);
    }
    assert.equal(asNobody(['bootctl', 'set-active-boot-slot', '1']).status, 70);
    assert.equal(asNobody(['--help']).status, 0);
  },
  'prepares a state file of its own': () => {
    withBench(({ dir, config, state }) => {
      chmodSync(dir, 0o755);
      chownSync(dir, NOBODY, NOBODY);
      const mine = (...words: readonly string[]) => asNobody(['--config', config, '--state', state, ...words]);
      const made = mine('state', 'init', '--good', 'a');
      assert.equal(made.status, 0, made.stderr);
      assert.equal(mine('switch', 'b').status, 0);
      assert.equal(mine('status').status, 0);
      chownSync(state, 0, 0);
      const refused = mine('switch', 'a');
      assert.equal(refused.status, 77, refused.stderr);
    });
  },
});

spec('dist/lifeboot and the lock', {
  'waits while another command holds it': () => {
    withBench(({ lifeboot, state }) => {
      lifeboot('state', 'init', '--good', 'a');
      const holder = spawn('flock', [state, 'sleep', '2'], { stdio: 'ignore' });
      try {
        spawnSync('sleep', ['0.5']);
        const fromMs = performance.now();
        assert.equal(lifeboot('switch', 'b').status, 0);
        assert.ok(performance.now() - fromMs > 1000, 'it has waited');
      } finally {
        holder.kill();
      }
    });
  },
});
