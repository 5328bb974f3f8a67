/** Fetching an image with the real curl, from a server that cuts, moves, changes its file, or knows no ranges. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

const gets = ({ web }: Place): readonly string[] => web.requests().filter((line) => line.startsWith('GET'));

spec('an image from the web', {
  'comes whole through a link that breaks again and again, each time from where it stopped': () => {
    withServer((place) => {
      const { image, signature } = makeIncoming(place.store, false).fetch(place.source('cut/os.img'));
      assert.ok(readFileSync(image).equals(IMAGE));
      assert.equal(readFileSync(signature ?? '', 'utf8'), 'a signature');
      const half = 512 * 1024;
      assert.deepEqual(
        gets(place),
        ['-', half, 2 * half, 3 * half].map((from) => `GET cut os.img ${from}`).concat('GET cut os.img.sig -'),
      );
    });
  },
  'is not fetched again when it is whole, and deleted when it is not wanted any more': () => {
    withServer((place) => {
      const incoming = makeIncoming(place.store, false);
      incoming.fetch(place.source('whole/os.img'));
      const { image } = incoming.fetch(place.source('whole/os.img'));
      assert.ok(readFileSync(image).equals(IMAGE));
      assert.equal(gets(place)[2], `GET whole os.img ${IMAGE.length}`);
      incoming.discard(place.source('whole/os.img'));
      assert.deepEqual(readdirSync(join(place.store, 'incoming')), []);
    });
  },
  'is never put together from two versions': () => {
    withServer((place) => {
      const incoming = makeIncoming(place.store, false);
      const { image } = incoming.fetch(place.source('whole/os.img'));
      truncateSync(image, 1000);
      const other = Buffer.from(IMAGE).fill(7, 0, 500);
      writeFileSync(join(place.served, 'os.img'), other);
      utimesSync(join(place.served, 'os.img'), 1, 1);
      incoming.fetch(place.source('whole/os.img'));
      assert.ok(readFileSync(image).equals(other));
    });
  },
  'is begun afresh where the server knows no ranges, and followed where it moved': () => {
    withServer((place) => {
      const incoming = makeIncoming(place.store, false);
      const plain = incoming.fetch(place.source('plain/os.img'));
      truncateSync(plain.image, 1000);
      assert.ok(readFileSync(incoming.fetch(place.source('plain/os.img')).image).equals(IMAGE));
      assert.ok(readFileSync(incoming.fetch(place.source('moved/os.img')).image).equals(IMAGE));
    });
  },
  'is kept as far as it has come when the server does not answer as it should': () => {
    withServer((place) => {
      const source = place.source('denied/os.img');
      mkdirSync(join(place.store, 'incoming'));
      writeFileSync(join(place.store, 'incoming', `${source.name}.img`), 'the beginning');
      writeFileSync(join(place.store, 'incoming', `${source.name}.version`), '"v1"');
      assert.throws(() => makeIncoming(place.store, false).fetch(source), {
        code: 'IO',
        message: /cannot fetch '\S+': curl: \(22\) The requested URL returned error: 403/,
        hint: 'run the same command again: it goes on after 13 bytes',
      });
      assert.equal(readFileSync(join(place.store, 'incoming', `${source.name}.img`), 'utf8'), 'the beginning');
    });
  },
  'may have no signature': () => {
    withServer((place) => {
      writeFileSync(join(place.served, 'bare.img'), IMAGE);
      assert.equal(makeIncoming(place.store, false).fetch(place.source('whole/bare.img')).signature, null);
    });
  },
  'is refused in words when it is not there, or leads to a file of this machine': () => {
    withServer((place) => {
      const fetch = (path: string) => () => makeIncoming(place.store, false).fetch(place.source(path));
      assert.throws(fetch('whole/none.img'), { code: 'IO', message: /^the server has no 'http:\S+none\.img'$/ });
      assert.throws(fetch('escape/os.img'), { code: 'IO', message: /cannot fetch '\S+': curl: \(1\) Protocol "file"/ });
    });
  },
  'needs room on the data partition, and a data partition': () => {
    withServer((place) => {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place.store]);
      try {
        assert.throws(() => makeIncoming(place.store, false).fetch(place.source('whole/os.img')), {
          code: 'REFUSED',
          message: /there is no room for '\S+' on the data partition: 1\.6 MiB are to come, \S+ \S+ are free/,
        });
      } finally {
        execFileSync('umount', [place.store]);
      }
      assert.throws(() => makeIncoming(join(place.store, 'none'), false).fetch(place.source('whole/os.img')), {
        code: 'UNAVAILABLE',
      });
    });
  },
});
