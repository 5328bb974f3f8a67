import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { isElf, parseElf, runsOn } from '../../../src/core/root/elf.ts';
import { spec } from '../../support/spec.ts';

const node = readFileSync('/bin/sh');

spec('parseElf()', {
  'reads loader, libraries and length of a real program': () => {
    const elf = parseElf(node);
    assert.equal(elf?.bits, 64);
    assert.match(elf?.interpreter ?? '', /^\/lib.*\/ld-linux/);
    assert.ok(elf?.needed.some((name) => name.startsWith('libc.so')));
    assert.equal(elf?.endsAt, node.length, 'the table of sections is the last thing in the file');
    assert.ok(elf !== undefined && elf !== null);
    assert.equal(runsOn(elf, process.arch), true);
    assert.equal(runsOn(elf, process.arch === 'x64' ? 'arm64' : 'x64'), false);
  },
  'promises more than there is when the file is cut off anywhere': () => {
    const whole = parseElf(node)?.endsAt ?? 0;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole - 1 }), (length) => {
        const elf = parseElf(node.subarray(0, length));
        assert.ok(elf === null || elf.endsAt > length);
      }),
      { numRuns: 200 },
    );
  },
  'takes no other file for a program, and never throws': () => {
    assert.equal(parseElf(Buffer.from('#!/bin/sh\n')), null);
    assert.equal(isElf(Buffer.alloc(0)), false);
    const head = node.subarray(0, 1024);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { minLength: 1, maxLength: 40 }), (changes) => {
        const noise = Buffer.from(head);
        for (const [at, value] of changes) noise[at] = value;
        parseElf(noise);
      }),
      { numRuns: 300 },
    );
  },
});
