import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { describeRescue, type NetworkPort } from '../../../src/core/rescue/describe-rescue.ts';
import { rescueCommands } from '../../../src/core/rescue/rescue-commands.ts';
import { rescueSeconds } from '../../../src/core/rescue/rescue-time.ts';
import { spec } from '../../support/spec.ts';

const TUNNEL = '[tunnel]\nhost = ["b.example", "192.0.2.7"]\nuser = "n"\n';
const config = (more: string) => parseConfig(`[slots.a]\nroot = "/dev/x"\n${more}`, 'lifeboot.toml').config;
const wire: NetworkPort = { name: 'eth0', kind: 'wired', link: true, addresses: [] };
const wifi: NetworkPort = { name: 'wlan0', kind: 'wifi', link: null, addresses: [] };

spec('rescueSeconds()', {
  'doubles with each round, up to six hours': () => {
    const minutes = [0, 1, 2, 3, 4, 5, 6, 99, 1e9].map((round) => rescueSeconds(1800, round) / 60);
    assert.deepEqual(minutes, [30, 30, 60, 120, 240, 360, 360, 360, 360]);
    assert.equal(rescueSeconds(6 * 3600, 3), 6 * 3600);
  },
});

spec('rescueCommands()', {
  'ends at the own sshd, whatever the ordinary tunnel leads to, and keeps its pinning': () => {
    const { tunnel } = config(`${TUNNEL}forward = "/run/n.sock:10.0.0.9:2222"\n`);
    assert.ok(tunnel !== null);
    const lines = rescueCommands(tunnel).map((argv) => argv.join(' '));
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.match(line, /^\/usr\/bin\/ssh -F none /);
      assert.match(line, / -R \/run\/n\.sock:127\.0\.0\.1:22 /);
      assert.match(line, / -o StrictHostKeyChecking=yes .* -o UserKnownHostsFile=\/etc\/lifeboot\/known_hosts /);
    }
    assert.match(lines[1] ?? '', / -o HostKeyAlias=b\.example .* -- 192\.0\.2\.7$/);
  },
});

spec('describeRescue()', {
  'says how long rescue still lasts, and what the tunnel does': () => {
    const session = { reason: 'why', endsAtSeconds: 1000, port: 'eth0', host: 'b', tunnelUp: true, said: null };
    const report = describeRescue({ config: config('[rescue]\n'), session, ports: [wire], uptimeSeconds: 400 });
    assert.deepEqual([report.inRescue, report.secondsLeft, report.tunnel?.host], [true, 600, 'b']);
    assert.equal(describeRescue({ config: config(''), session, ports: [], uptimeSeconds: 2000 }).secondsLeft, 0);
  },
  'says on a node without a wired port that rescue cannot be reached': () => {
    const problems = (text: string, ports: readonly NetworkPort[]) =>
      describeRescue({ config: config(text), session: null, ports, uptimeSeconds: 1 }).problems.join('; ');
    const both = `${TUNNEL}forward = "0:localhost:22"\n[rescue]\n`;
    assert.equal(problems(both, [wire, wifi]), '');
    assert.match(problems(both, [wifi, { ...wifi, kind: 'modem' }]), /only Wi-Fi and a modem, .* cannot be reached/);
    assert.match(problems(both, []), /no network port/);
    assert.match(problems('[rescue]\n', [wire]), /no \[tunnel\]/);
    assert.equal(problems('', [wifi]), '');
  },
});

spec('[rescue]', {
  'has its defaults when it is empty, and is absent when it is not there': () => {
    const defaults = { timeSeconds: 1800, modules: [], address: [], gateway: [], dns: [] };
    assert.deepEqual(config('[rescue]\n').rescue, defaults);
    assert.equal(config('').rescue, null);
    assert.ok(config('[rescue]\n').identity.files.includes('/etc/lifeboot/rescue_host_key'));
    assert.ok(!config('').identity.files.includes('/etc/lifeboot/rescue_host_key'));
  },
  'refuses what is no address, module or time, and keeps the rest': () => {
    const text = 'time = "1s"\nmodules = ["r8152", "$(reboot)"]\naddress = ["192.0.2.1/24", "x; y"]\ndns = ["a"]\n';
    const parsed = parseConfig(`[slots.a]\nroot = "/dev/x"\n[rescue]\n${text}`, 'f');
    assert.equal(parsed.problems.length, 4);
    assert.deepEqual(parsed.config.rescue, {
      timeSeconds: 1800,
      modules: ['r8152'],
      address: ['192.0.2.1/24'],
      gateway: [],
      dns: [],
    });
  },
});
