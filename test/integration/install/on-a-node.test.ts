/** `lifeboot install` by the packed binary on a node with real partitions: from a server into slot b, which then boots. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spec } from '../../support/spec.ts';
import { type LoopNode, makeTree, run, withLoopNode } from '../boot/loop-node.ts';
import { withWeb } from './web.ts';

interface Release {
  readonly node: LoopNode;
  readonly image: string;
  readonly served: string;
  sign(): void;
}

/** A node whose slot a is proven, and version 2 as a squashfs image on a server. */
function withRelease(body: (release: Release) => void): void {
  withLoopNode((node) => {
    const dir = dirname(node.config);
    const served = join(dir, 'served');
    mkdirSync(served);
    const image = join(served, 'os.squashfs');
    run('mksquashfs', makeTree(join(dir, 'tree-2'), '2'), image, '-quiet', '-no-progress', '-comp', 'gzip');
    const [key, signers] = [join(dir, 'key'), join(dir, 'allowed_signers')];
    run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key);
    writeFileSync(signers, `release@example.org ${readFileSync(`${key}.pub`, 'utf8')}`);
    appendFileSync(node.config, `[install]\nsigners = "${signers}"\n`);
    const sign = (): void => {
      execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'lifeboot-image', '-f', key, image], { stdio: 'ignore' });
    };
    node.boot(() => assert.equal(node.lifeboot('mark', 'good').status, 0));
    body({ node, image, served, sign });
  });
}

spec('install on a node', {
  'brings a signed image from a server into the inactive slot, which boots as a trial': () => {
    withRelease(({ node, image, served, sign }) => {
      sign();
      withWeb(served, join(dirname(node.config), 'requests'), (web) => {
        node.boot(() => {
          const done = node.lifeboot('install', web.at('whole/os.squashfs'));
          assert.equal(done.status, 0, done.stderr);
          assert.match(done.stdout.replaceAll(/\s+/g, ' '), /is signed by 'release@example.org'/);
          assert.deepEqual(readdirSync('/run/lifeboot/data/lifeboot/incoming'), [], 'nothing is left behind');
          assert.equal(node.state().order[0], 'b');
        });
      });
      run('cmp', '-n', String(readFileSync(image).length), image, node.device('b'));
      const { info } = node.boot((root) => {
        assert.match(readFileSync(join(root, 'usr/lib/os-release'), 'utf8'), /VERSION_ID=2/);
      });
      assert.deepEqual([info.slot, info.attempt], ['b', 1]);
    });
  },
  'writes nothing of an image that is not signed, and says how to sign it': () => {
    withRelease(({ node, image }) => {
      node.boot(() => {
        const before = run('sha256sum', node.device('b'));
        const refused = node.lifeboot('install', image);
        assert.equal(refused.status, 65, refused.stdout);
        assert.match(refused.stderr, /has no signature\nhint: sign it with 'ssh-keygen -Y sign -n lifeboot-image/);
        assert.equal(run('sha256sum', node.device('b')), before);
      });
    });
  },
});
