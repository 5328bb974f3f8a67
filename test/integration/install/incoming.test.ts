/** Fetching an image with the real curl, from a server that cuts, moves, changes its file, or knows no ranges. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ImageOnWeb, parseImage } from '../../../src/core/install/image-source.ts';
import { makeIncoming } from '../../../src/platform/install/incoming.ts';
import { spec } from '../../support/spec.ts';
import { withTempDir } from '../../support/temp-dir.ts';
import { type Web, withWeb } from './web.ts';

const IMAGE = Buffer.from(Uint8Array.from({ length: 1_700_000 }, (_, index) => (index * 7919 + (index >> 8)) % 251));

interface Place {
  readonly web: Web;
  readonly served: string;
  readonly store: string;
  source(path: string): ImageOnWeb;
}

function withServer(body: (place: Place) => void): void {
  withTempDir((dir) => {
    const [served, store] = [join(dir, 'served'), join(dir, 'store')];
    for (const each of [served, store]) mkdirSync(each);
    writeFileSync(join(served, 'os.img'), IMAGE);
    writeFileSync(join(served, 'os.img.sig'), 'a signature');
    withWeb(served, join(dir, 'requests'), (web) => {
      const source = (path: string): ImageOnWeb => {
        const found = parseImage(web.at(path));
        assert.ok(found.kind === 'web');
        return found;
      };
      body({ web, served, store, source });
    });
  });
}

const MAX_BYTES = 8 * 1024 * 1024;

function fetch({ store, source }: Place, path: string): string {
  return makeIncoming(store, false).fetchImage(source(path), MAX_BYTES);
}

const gets = ({ web }: Place): readonly string[] => web.requests().filter((line) => line.startsWith('GET'));

/** Leaves a part of an image as a fetch that was cut would. */
function leavePart({ store, source }: Place, path: string, bytes: Buffer, version: string): string {
  const { name } = source(path);
  mkdirSync(join(store, 'incoming'), { recursive: true });
  const file = join(store, 'incoming', `${name}.img`);
  writeFileSync(file, bytes);
  writeFileSync(join(store, 'incoming', `${name}.version`), version);
  return file;
}

function versionOf({ served }: Place): string {
  return `"${statSync(join(served, 'os.img')).mtimeMs}"`;
}

spec('an image from the web', {
  'comes whole through a link that breaks again and again, each time from where it stopped': () => {
    withServer((place) => {
      assert.ok(readFileSync(fetch(place, 'cut/os.img')).equals(IMAGE));
      const half = 512 * 1024;
      assert.deepEqual(
        gets(place),
        ['-', half, 2 * half, 3 * half].map((from) => `GET cut os.img ${from}`),
      );
    });
  },
  'is not fetched again when it is whole, and deleted when it is not wanted any more': () => {
    withServer((place) => {
      fetch(place, 'whole/os.img');
      assert.ok(readFileSync(fetch(place, 'whole/os.img')).equals(IMAGE));
      assert.equal(gets(place).length, 1);
      makeIncoming(place.store, false).discard(place.source('whole/os.img'));
      assert.deepEqual(readdirSync(join(place.store, 'incoming')), []);
    });
  },
  'is never put together from two versions, also when the server tells its version only with the file': () => {
    for (const way of ['whole', 'mute', 'blind']) {
      withServer((place) => {
        leavePart(place, `${way}/os.img`, Buffer.alloc(1000, 'A'), way === 'blind' ? '' : '"an older one"');
        if (way === 'blind') writeFileSync(join(place.served, 'os.img'), IMAGE.subarray(0, 400_000));
        const expected = way === 'blind' ? IMAGE.subarray(0, 400_000) : IMAGE;
        assert.ok(readFileSync(fetch(place, `${way}/os.img`)).equals(expected), way);
      });
    }
  },
  'goes on after a cut also where the server answers no HEAD': () => {
    withServer((place) => {
      leavePart(place, 'mute/os.img', IMAGE.subarray(0, 1000), versionOf(place));
      assert.ok(readFileSync(fetch(place, 'mute/os.img')).equals(IMAGE));
      assert.deepEqual(gets(place), ['GET mute os.img 1000']);
    });
  },
  'is begun afresh when more is there than the server has': () => {
    withServer((place) => {
      leavePart(place, 'whole/os.img', Buffer.concat([IMAGE, Buffer.from('more')]), versionOf(place));
      assert.ok(readFileSync(fetch(place, 'whole/os.img')).equals(IMAGE));
      leavePart(place, 'mute/os.img', Buffer.concat([IMAGE, Buffer.from('more')]), versionOf(place));
      assert.ok(readFileSync(fetch(place, 'mute/os.img')).equals(IMAGE));
    });
  },
  'ends with an error where a server that knows no ranges cuts every time': () => {
    withServer((place) => {
      assert.throws(() => fetch(place, 'torn/os.img'), { code: 'IO', message: /cannot fetch '\S+': curl: \(33\)/ });
      assert.ok(gets(place).length < 6, gets(place).join('\n'));
    });
  },
  'is followed where it moved, and its name may have brackets': () => {
    withServer((place) => {
      assert.ok(readFileSync(fetch(place, 'moved/os.img')).equals(IMAGE));
      writeFileSync(join(place.served, 'os[1-3]{a,b}.img'), IMAGE);
      assert.ok(readFileSync(fetch(place, 'whole/os[1-3]{a,b}.img')).equals(IMAGE));
    });
  },
  'has its signature beside it, or none': () => {
    withServer((place) => {
      const incoming = makeIncoming(place.store, false);
      const signature = incoming.fetchSignature(place.source('whole/os.img'));
      assert.equal(readFileSync(signature ?? '', 'utf8'), 'a signature');
      for (const path of ['whole/bare.img', 'denied/os.img'])
        assert.equal(incoming.fetchSignature(place.source(path)), null, path);
    });
  },
  'is refused in words when it is not there, leads to a file of this machine, or never ends': () => {
    withServer((place) => {
      const refused = (path: string, code: string, message: RegExp): void =>
        assert.throws(() => fetch(place, path), { code, message });
      refused('whole/none.img', 'IO', /^the server does not give 'http:\S+none\.img'$/);
      refused('denied/os.img', 'IO', /^the server does not give/);
      refused('escape/os.img', 'IO', /cannot fetch '\S+': curl: \(1\) Protocol "file"/);
      refused('endless/os.img', 'REFUSED', /'\S+' is larger than the 8 MiB that there is room for/);
      assert.throws(() => makeIncoming(place.store, false).fetchImage(place.source('whole/os.img'), 1000), {
        code: 'REFUSED',
        message: /is larger than the slot/,
      });
    });
  },
  'takes the place of what was there before it': () => {
    withServer((place) => {
      leavePart(place, 'whole/other.img', IMAGE, '"x"');
      const file = fetch(place, 'whole/os.img');
      assert.deepEqual(
        readdirSync(join(place.store, 'incoming')).filter((name) => name.endsWith('.img')),
        [basename(file)],
      );
    });
  },
  'needs room on a data partition that can be written': () => {
    withServer((place) => {
      const onTmpfs = (options: string, code: string, message: RegExp): void => {
        execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', place.store]);
        try {
          assert.throws(() => fetch(place, 'whole/os.img'), { code, message });
        } finally {
          execFileSync('umount', [place.store]);
        }
      };
      onTmpfs(
        'size=17m',
        'REFUSED',
        /there is no room for '\S+' on the data partition: 1\.6 MiB are to come, 17\S* MiB/,
      );
      onTmpfs('ro', 'IO', /^cannot write to the data partition$/);
      assert.throws(() => makeIncoming(join(place.store, 'none'), false).fetchImage(place.source('whole/os.img'), 1), {
        code: 'UNAVAILABLE',
      });
    });
  },
});
