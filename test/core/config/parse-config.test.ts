import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { parseDuration } from '../../../src/core/duration.ts';
import { lifebootSettings, parseBootconfig, parseKernelCmdline } from '../../../src/core/kernel-cmdline.ts';
import { spec } from '../../support/spec.ts';
import { CONFIG_TEXT } from '../../support/states.ts';

const TUNNEL = `
[tunnel]
host = "bastion.example.org"
user = "node-W023"
forward = "/home_dirs/node-W023/rtun.sock:localhost:22"
`;

function problemsOf(text: string): readonly string[] {
  return parseConfig(text, 'lifeboot.toml').problems;
}

spec('parseConfig()', {
  'fills in the defaults': () => {
    const { config, problems } = parseConfig(`${CONFIG_TEXT}${TUNNEL}`, 'lifeboot.toml');
    assert.deepEqual(problems, []);
    assert.deepEqual(config.attempts, { trial: 3, good: 5 });
    assert.deepEqual(config.confirm, { deadlineSeconds: 900, holdSeconds: 120, busySeconds: 900 });
    assert.equal(config.tunnel?.knownHosts, '/etc/lifeboot/known_hosts');
    assert.equal(config.tunnel?.proof, 'auto');
    assert.deepEqual(config.state, { device: 'PARTLABEL=lifeboot-state', file: null });
    assert.equal(config.slots['r']?.role, 'recovery');
    assert.equal(config.node.unattended, true);
  },
  'names file, key, what was found and what was expected': () => {
    assert.deepEqual(problemsOf(`${CONFIG_TEXT}\n[attempts]\ntrial = "many"\n`), [
      "lifeboot.toml: 'attempts.trial': found 'many'; expected a whole number from 1 to 100",
    ]);
    assert.deepEqual(problemsOf(`${CONFIG_TEXT}\n[confirm]\ndeadline = "15mim"\n`), [
      "lifeboot.toml: 'confirm.deadline': found '15mim'; expected a duration from 30s to 1d, such as '15min'",
    ]);
    assert.deepEqual(problemsOf(`${CONFIG_TEXT}\n[atempts]\ntrial = 2\n`), [
      "lifeboot.toml: 'atempts': found an unknown key; expected none of that name",
    ]);
  },
  'keeps every good value beside a bad one': () => {
    const { config } = parseConfig(`${CONFIG_TEXT}\n[attempts]\ntrial = 0\ngood = 9\n`, 'lifeboot.toml');
    assert.deepEqual(config.attempts, { trial: 3, good: 9 });
  },
  'tells each problem of a file with many': () => {
    const text = `${CONFIG_TEXT}\n[slots.B]\nroot = "/dev/x"\n[upper2]\nkind = 1\n[confirm]\nhold = -1\n`;
    assert.equal(problemsOf(text).length, 3);
  },
  'takes no watchdog that would reset a slow node for ever, and no device or file that is something else': () => {
    const problems = (setting: string) => problemsOf(`${CONFIG_TEXT}\n[watchdog]\n${setting}\n`).length;
    for (const good of [
      'timeout = 0',
      'timeout = "0s"',
      'timeout = "10s"',
      'timeout = "10min"',
      'device = "/dev/watchdog1"',
    ])
      assert.equal(problems(good), 0, good);
    for (const bad of ['timeout = "2s"', 'timeout = "11min"', 'timeout = "soon"', 'device = "/dev/sda"'])
      assert.equal(problems(bad), 1, bad);
    for (const good of ['/sys/class/gpio/gpio232/value', '/run/waggle_ssh_ok'])
      assert.equal(problems(`heartbeat = "${good}"`), 0, good);
    for (const bad of [
      '/etc/shadow',
      '/run/../etc/x',
      '/run/lifeboot/verdict',
      '/run/systemd/x',
      '/sys/class/gpio/export',
    ])
      assert.equal(problems(`heartbeat = "${bad}"`), 1, bad);
  },
  'falls back to slots a and b when there is no usable file': () => {
    for (const text of [null, '', '[slots', '[slots]\n', '[slots.a]\nroot = 7\n']) {
      const { config, problems } = parseConfig(text, 'lifeboot.toml');
      assert.deepEqual(Object.keys(config.slots), ['a', 'b'], String(text));
      assert.ok(problems.length > 0);
    }
  },
  'refuses a host or user that begins with a dash, and paths that climb': () => {
    assert.match(problemsOf(`${CONFIG_TEXT}${TUNNEL.replace('bastion', '-oProxyCommand=x')}`).join(), /tunnel\.host/);
    assert.match(problemsOf(`${CONFIG_TEXT}\n[[persist]]\npath = "/var/../etc"\n`).join(), /persist\.0\.path/);
    assert.match(problemsOf(`${CONFIG_TEXT}\n[state]\nfile = "../x"\n`).join(), /state\.file/);
  },
  'takes from the kernel only what may come from there': () => {
    const settings = [
      { key: 'attempts.trial', value: '7' },
      { key: 'confirm.deadline', value: '20min' },
      { key: 'tunnel.host', value: 'evil.example.org' },
      { key: 'slot', value: 'b' },
    ];
    const { config, notes, forcedSlot } = parseConfig(`${CONFIG_TEXT}${TUNNEL}`, 'lifeboot.toml', settings);
    assert.equal(config.attempts.trial, 7);
    assert.equal(config.confirm.deadlineSeconds, 1200);
    assert.equal(config.tunnel?.host, 'bastion.example.org');
    assert.equal(forcedSlot, 'b');
    assert.ok(notes.includes("the kernel's settings may not set 'tunnel.host', ignoring it"));
  },
  'changes nothing about trust, keys, programs or rescue, whatever the kernel or the boot state says': () => {
    const text = `${CONFIG_TEXT}${TUNNEL}[rescue]\n`;
    const { config: before } = parseConfig(text, 'f');
    const sections = [
      'tunnel',
      'rescue',
      'slots',
      'identity',
      'state',
      'node',
      'persist',
      'upper.device',
      'upper.removable',
    ];
    const keys = [
      'host',
      'known_hosts',
      'options',
      'identity',
      'a.root',
      'a.init',
      'r.removable',
      'files',
      'unattended',
      '0.path',
    ];
    const all = sections.flatMap((section) => [section, ...keys.map((key) => `${section}.${key}`)]);
    for (const key of all) {
      for (const value of ['x', '/tmp/x', 'true', '0', '[]', 'StrictHostKeyChecking=no']) {
        for (const by of [{}, { origin: 'the boot state' }]) {
          const { config, notes } = parseConfig(text, 'f', [{ key, value, ...by }]);
          assert.deepEqual(config, before, key);
          assert.ok(
            notes.some((note) => note.includes(`may not set '${key}'`)),
            key,
          );
        }
      }
    }
  },
  'keeps the good value of the file when the kernel command line has a typo, and blames the right one': () => {
    const text = `${CONFIG_TEXT}\n[confirm]\ndeadline = "40min"\n`;
    const { config, notes, problems } = parseConfig(text, 'lifeboot.toml', [
      { key: 'confirm.deadline', value: '40mn' },
    ]);
    assert.equal(config.confirm.deadlineSeconds, 2400);
    assert.deepEqual(problems, []);
    assert.match(notes.join(), /confirm\.deadline = '40mn'; expected a duration .* ignoring it/);
  },
  'keeps the rest of a list entry that has an unknown key': () => {
    const { config, problems } = parseConfig(`${CONFIG_TEXT}\n[[persist]]\npath = "/var"\nfoo = 1\n`, 'lifeboot.toml');
    assert.deepEqual(config.persist, [{ path: '/var' }]);
    assert.match(problems.join(), /'persist\.0\.foo': found an unknown key/);
  },
  'refuses a hold that the deadline has no room for': () => {
    const text = `${CONFIG_TEXT}\n[confirm]\ndeadline = "3min"\nhold = "30min"\n`;
    const { config, problems } = parseConfig(text, 'lifeboot.toml');
    assert.match(problems.join(), /'confirm\.hold': found 1800 s; expected less than 'confirm\.deadline'/);
    assert.ok(config.confirm.holdSeconds < config.confirm.deadlineSeconds);
  },
  "counts the tunnel's own files among the identity, wherever they are": () => {
    const { config } = parseConfig(`${CONFIG_TEXT}${TUNNEL}identity = "/etc/keys/node"\n`, 'lifeboot.toml');
    assert.ok(config.identity.files.includes('/etc/keys/node'));
    assert.ok(config.identity.files.includes('/etc/machine-id'));
  },
  'takes no name of JavaScript for a slot': () => {
    assert.equal(parseConfig(CONFIG_TEXT, 'x', [{ key: 'slot', value: 'constructor' }]).forcedSlot, null);
  },
  'ignores a slot of the kernel command line that is not configured': () => {
    const { forcedSlot, notes } = parseConfig(CONFIG_TEXT, 'lifeboot.toml', [{ key: 'slot', value: 'z' }]);
    assert.equal(forcedSlot, null);
    assert.match(notes.join(), /'z' names no configured slot/);
  },
  'has an answer to every text': () => {
    const pieces = fc.constantFrom(
      '[slots.a]',
      'root = "x"',
      '[',
      ']',
      '=',
      '"',
      '\n',
      'a',
      '[[persist]]',
      'path=1',
      '\0',
      '[tunnel]',
      'host=""',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const { config } = parseConfig(parts.join(''), 'lifeboot.toml');
        assert.ok(Object.keys(config.slots).length > 0);
      }),
    );
  },
});

spec('parseKernelCmdline()', {
  'splits at the first equals sign and keeps quoted spaces': () => {
    assert.deepEqual(parseKernelCmdline('ro root=UUID=x-y quiet lifeboot.log="a b" -- lifeboot.slot=b\n'), [
      { key: 'ro', value: '' },
      { key: 'root', value: 'UUID=x-y' },
      { key: 'quiet', value: '' },
      { key: 'lifeboot.log', value: 'a b' },
    ]);
  },
  'gives lifeboot only what is its own': () => {
    const settings = parseKernelCmdline('xlifeboot.slot=a lifeboot.slot=b lifeboot=c');
    assert.deepEqual(lifebootSettings(settings), [{ key: 'slot', value: 'b' }]);
  },
});

spec('parseBootconfig()', {
  'reads the lines of the kernel': () => {
    assert.deepEqual(parseBootconfig('lifeboot.attempts.trial = "4"\nkernel.x = "y"\n'), [
      { key: 'lifeboot.attempts.trial', value: '4' },
      { key: 'kernel.x', value: 'y' },
    ]);
  },
});

spec('parseDuration()', {
  'reads what systemd reads': () => {
    const cases = { '15min': 900, '2min 30s': 150, '1h30m': 5400, '90': 90, '1.5h': 5400, '500ms': 0.5, '1w': 604_800 };
    for (const [text, seconds] of Object.entries(cases)) assert.equal(parseDuration(text), seconds, text);
    for (const text of ['', 'x', '5 parsecs', '-1s', '1..5s']) assert.equal(parseDuration(text), null, text);
  },
});
