import assert from 'node:assert/strict';
import { examineTunnel } from '../../../src/core/operate/examine-files.ts';
import { spec } from '../../support/spec.ts';
import { configOf } from '../../support/states.ts';

function findings(more: string) {
  const { tunnel } = configOf(`
[slots.a]
root = "PARTLABEL=root-a"
[tunnel]
host = "bastion.example.org"
user = "node-W023"
forward = "0:localhost:22"
${more}
`);
  return examineTunnel({ tunnel, files: {} }).filter(({ subject }) => subject === 'tunnel');
}

spec('examineTunnel()', {
  'has nothing to say about settings that ssh can take': () => {
    assert.deepEqual(findings('options = ["ServerAliveInterval=30"]'), []);
  },
  'names what the tunnel would refuse when it starts': () => {
    const [found, ...others] = findings('options = ["ProxyCommand=id"]');
    assert.equal(others.length, 0);
    assert.match(JSON.stringify(found), /\[tunnel\] options has 'ProxyCommand', which may not be set there/);
    assert.match(JSON.stringify(findings('known_hosts = "/etc/a b"')), /known_hosts is '\/etc\/a b'/);
  },
});
