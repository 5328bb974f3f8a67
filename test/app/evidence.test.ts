/** The panic record of the last boot: taken away once the boot state holds what it says, and never before. */
import assert from 'node:assert/strict';
import { runStep, type StepContext } from '../../src/app/run-step.ts';
import { fakeNode, someState } from '../support/fake-ports.ts';
import { spec } from '../support/spec.ts';

function save(saveFails: boolean): string[] {
  const events: string[] = [];
  const node = fakeNode({ saveFails });
  const store = node.ports.openState(node.ports.config.load().config);
  const forgetEvidence = () => {
    events.push(`taken after ${node.saves.length} saves`);
    return 'it is stuck';
  };
  const context: StepContext = {
    ports: {
      ...node.ports,
      machine: { ...node.ports.machine, forgetEvidence },
      log: { info: () => undefined, warn: (text) => void events.push(text) },
    },
    config: node.ports.config.load().config,
    store,
    state: null,
    hand: { base: null, init: null, saved: false, degraded: [], told: [], done: [] },
    waitSeconds: 0,
    handOver: () => undefined,
  };
  try {
    runStep({ do: 'saveState', state: someState(), note: 'slot a' }, context);
  } catch {
    events.push('not saved');
  }
  return events;
}

spec('runStep()', {
  'takes the evidence away after the state is on disk, and boots on when it cannot': () => {
    assert.deepEqual(save(false), ['taken after 1 saves', 'it is stuck, ignoring']);
  },
  'leaves the evidence where it is when the state could not be saved': () => {
    assert.deepEqual(save(true), ['not saved']);
  },
});
