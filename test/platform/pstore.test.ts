/** Panic records, each of which counts once. The real pstore of a kernel: test/vm/watchdog. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePanicStore } from '../../src/platform/pstore.ts';
import { spec } from '../support/spec.ts';
import { withTempDir } from '../support/temp-dir.ts';

const PANIC = 'Panic#1 Part1\n<0>[   12.3] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000b\n';

function withStore(records: Readonly<Record<string, string>>, body: (dir: string) => void): void {
  withTempDir((dir) => {
    mkdirSync(join(dir, 'store'));
    for (const [name, text] of Object.entries(records)) {
      writeFileSync(join(dir, 'store', name), text);
      utimesSync(join(dir, 'store', name), 1_790_000_000, 1_790_000_000);
    }
    body(dir);
  });
}

const storeIn = (dir: string) =>
  makePanicStore({ store: join(dir, 'store'), backend: join(dir, 'backend'), kept: join(dir, 'kept') });

spec('makePanicStore()', {
  'finds the line of the panic in whichever record has it': () => {
    withStore({ 'dmesg-erst-1': 'Panic#1 Part2\n<4> Call Trace:\n', 'dmesg-erst-2': PANIC, console: PANIC }, (dir) => {
      assert.equal(storeIn(dir).read(null), 'ended in a kernel panic: Attempted to kill init! exitcode=0x00000b');
    });
  },
  'holds no record against a boot that began after it, and no oops at all': () => {
    withStore({ 'dmesg-efi-1': PANIC }, (dir) => {
      assert.equal(storeIn(dir).read('2026-11-20T00:00:00Z'), null);
      assert.notEqual(storeIn(dir).read('2026-01-01T00:00:00Z'), null);
    });
    withStore({ 'dmesg-efi-1': 'Oops#1 Part1\n<1> BUG: kernel NULL pointer dereference\n' }, (dir) => {
      assert.equal(storeIn(dir).read(null), null);
    });
  },
  'moves the records out once they are known, where they can still be read': () => {
    withStore({ 'dmesg-efi-1': PANIC, 'console-ramoops-0': 'x' }, (dir) => {
      assert.equal(storeIn(dir).take(), null);
      assert.equal(storeIn(dir).read(null), null);
      assert.equal(readFileSync(join(dir, 'kept/dmesg-efi-1'), 'utf8'), PANIC);
      assert.ok(existsSync(join(dir, 'store/console-ramoops-0')), 'only what counts as evidence');
    });
  },
  'says what keeps it from that, and works without any store': () => {
    withStore({ 'dmesg-efi-1': PANIC }, (dir) => {
      writeFileSync(join(dir, 'kept'), 'in the way');
      assert.match(storeIn(dir).take() ?? '', /cannot move the panic records/);
      assert.ok(existsSync(join(dir, 'store/dmesg-efi-1')));
    });
    withTempDir((dir) => assert.deepEqual([storeIn(dir).read(null), storeIn(dir).take()], [null, null]));
  },
});
