/**
 * `make faults [FAULTS=name,…]`: runs the faults that have no result yet, and writes docs/fault-matrix.md.
 *
 * Invariant: a run that was cut off goes on where it stopped; the exit code is 0 only when every chosen fault has passed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../vm/support/places.ts';
import type { Fault, NodeKind } from './fault.ts';
import { allFaults, chapters } from './list/all.ts';
import { controls } from './list/common.ts';
import { formatCount, formatMatrix, type Row, type Section } from './matrix.ts';
import { keyOfNode, type PreparedNode, prepareNode } from './nodes/prepare.ts';
import { faultsDir, readResult, writeResult } from './result.ts';
import { runControl, runFault } from './run-fault.ts';

const PAGE = join(repoDir, 'docs/fault-matrix.md');

const nodes = new Map<NodeKind, Promise<PreparedNode>>();
function nodeOf(kind: NodeKind): Promise<PreparedNode> {
  const node = nodes.get(kind) ?? prepareNode(kind);
  nodes.set(kind, node);
  return node;
}

const keys = new Map<NodeKind, string>();
function keyOf(kind: NodeKind): string {
  const key = keys.get(kind) ?? keyOfNode(kind);
  keys.set(kind, key);
  return key;
}

function rowOf(fault: Fault): Row {
  return { fault, result: readResult(fault), nodeKey: keyOf(fault.node) };
}

function hasPassed({ result, nodeKey }: Row): boolean {
  return result !== null && result.nodeKey === nodeKey && result.with.ok && result.without?.ok === true;
}

function sections(): Section[] {
  return chapters.map(({ title, faults }) => ({ title, rows: faults.map(rowOf) }));
}

function writePage(): void {
  const shown = controls.map((control) => ({ control, result: readResult(control) }));
  writeFileSync(PAGE, formatMatrix(sections(), shown));
}

/** Plain boots without a fault: run once for the nodes that are in use. */
async function runControls(kinds: ReadonlySet<NodeKind>): Promise<void> {
  for (const control of controls.filter(({ node }) => kinds.has(node))) {
    const before = readResult(control);
    if (before?.with.ok === true && before.nodeKey === keyOf(control.node)) continue;
    console.log(`--- ${control.name}: ${control.without.how}, no fault`);
    const result = await runControl(control, await nodeOf(control.node));
    writeResult(control, result);
    if (!result.with.ok) throw new Error(`${control.name} is out of reach, so no negative run would show anything`);
  }
}

/** All of them, or those that were named; a name that begins several chooses them all. */
function choose(words: readonly string[]): readonly Fault[] {
  const names = words.flatMap((word) => word.split(',')).filter((name) => name !== '');
  const unknown = names.filter((name) => !allFaults.some((fault) => fault.name.startsWith(name)));
  if (unknown.length > 0) throw new Error(`no such fault: ${unknown.join(', ')}`);
  return names.length === 0
    ? allFaults
    : allFaults.filter((fault) => names.some((name) => fault.name.startsWith(name)));
}

async function main(words: readonly string[]): Promise<void> {
  const chosen = choose(words.filter((word) => !word.startsWith('--')));
  mkdirSync(faultsDir, { recursive: true });
  const due = words.includes('--page') ? [] : chosen.filter((fault) => !hasPassed(rowOf(fault)));
  console.log(`${due.length} of ${allFaults.length} faults are to be run`);
  await runControls(new Set(due.map(({ node }) => node)));
  for (const fault of due) {
    console.log(`--- ${fault.name} (${fault.node}): ${fault.what}`);
    writeResult(fault, await runFault(fault, await nodeOf(fault.node)));
    writePage();
  }
  writePage();
  console.log(formatCount(chosen.map(rowOf)));
  if (!chosen.map(rowOf).every(hasPassed)) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
await main(process.argv.slice(2));
