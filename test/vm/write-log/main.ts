/**
 * `make write-log [BOOTS=N] [PART=N/M]`: records a node's day, replays every flush of it and cuts between them, and really
 * boots some.
 *
 * PART boots every M-th cut from number N on, so that several runs share them. The record is kept in build/write-log, and
 * taken again by the next run unless RECORD is set or the node has changed.
 */
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '../../../src/core/config/parse-config.ts';
import { buildDir } from '../support/places.ts';
import { type BootedCut, bootCut, chooseCuts } from './boot-cuts.ts';
import { readEntries, SECTOR_BYTES } from './log.ts';
import { CONFIG_TEXT, ensureNode, statePlace } from './node.ts';
import { readDay, recordDay } from './record-day.ts';
import { Replay } from './replay.ts';

const boots = Number(process.env['BOOTS'] || 26);
const [part = 0, parts = 1] = (process.env['PART'] || '0/1').split('/').map(Number);
const dir = join(buildDir, 'write-log');
const image = ensureNode();
const { config } = parseConfig(CONFIG_TEXT, 'lifeboot.toml');

// Made again, the image is another one: its file systems have other UUIDs.
const recorded = `${image.disk} ${statSync(image.disk).mtimeMs}`;
const isKept = existsSync(join(dir, 'day.json')) && readFileSync(join(dir, 'image'), 'utf8') === recorded;
if (!isKept || process.env['RECORD']) {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  console.log('recording a day');
  await recordDay(dir, image);
  writeFileSync(join(dir, 'image'), recorded);
}
const day = readDay(dir);
const log = join(dir, 'log');
const entries = readEntries(log);
const writes = entries.filter(({ kind }) => kind === 'write').length;
console.log(
  `${entries.length} requests: ${writes} writes; ${day.boots.length} boots, ${day.acknowledged.length} acknowledged`,
);

const { offset, length } = statePlace();
const state = Buffer.alloc(length);
const pristine = openSync(image.disk, 'r');
readSync(pristine, state, 0, length, offset);
closeSync(pristine);
const replayed = new Replay({ log, entries, state, firstSector: offset / SECTOR_BYTES, config, day }).run();
const { flushes, cuts, distinct, saves, decisions, acknowledged, wrong } = replayed;
console.log(
  `${flushes} flush points and ${cuts} cuts between them (${distinct} contents of the state, ${saves} saves): ` +
    `${decisions} decisions as the node took them, ${acknowledged} acknowledgements, ${wrong.length} wrong`,
);
for (const line of wrong) console.log(`  WRONG ${line}`);

const booted: BootedCut[] = [];
for (const cut of chooseCuts(entries, boots).filter((_, index) => index % parts === part)) {
  const result = await bootCut({ dir, image, log, entries, config }, cut);
  booted.push(result);
  const kept = cut.share === null ? 'a flush' : `${Math.round(cut.share * 100)} % of what was open`;
  const how = result.wrong ?? `slot ${result.booted}, proven`;
  console.log(`  boot ${booted.length}: request ${cut.entries} (${kept}): ${how}, ${result.seconds} s`);
}
const bad = booted.filter(({ wrong }) => wrong !== null).length;
console.log(`${booted.length} cuts really booted, ${bad} not as decided`);
process.exitCode = wrong.length + bad > 0 ? 1 : 0;
