/**
 * A node in memory that lives: it boots by `planBoot`, gets its verdict, and `tend` runs each minute. Hours take no time.
 */
import assert from 'node:assert/strict';
import { confirmStopped, proveRemotely } from '../../src/app/confirm.ts';
import { giveVerdict, markThisProven } from '../../src/app/give-verdict.ts';
import type { Ports, VerdictFile } from '../../src/app/ports.ts';
import { findRunningBoot } from '../../src/app/running-boot.ts';
import { tend } from '../../src/app/tend.ts';
import { planBoot } from '../../src/core/boot/plan-boot.ts';
import type { Config } from '../../src/core/config/config.ts';
import type { TunnelSample } from '../../src/core/judge/sample.ts';
import { markAlive } from '../../src/core/judge/verdict.ts';
import type { TendMemory } from '../../src/core/ladder/link.ts';
import type { BootState } from '../../src/core/state/state.ts';
import { CONFIG } from './confirm-node.ts';
import { bootInfo, fakeNode } from './fake-ports.ts';
import { configOf, factsOf } from './states.ts';

const MINUTE = 60;
const VERDICT_AT = 900;

export interface TendWorld {
  readonly state: BootState;
  readonly config?: string;
  /** Whether the tunnel would answer, by the seconds since the beginning and what runs (`a`, `a clean`, `rescue`). */
  readonly answers: (seconds: number, running: string) => boolean;
  readonly saveFails?: () => boolean;
}

export class TendNode {
  readonly log: string[] = [];
  saves = 0;
  failedSaves = 0;
  looks = 0;
  identitySaves = 0;
  /** The seconds at which the heart beat. */
  readonly beats: number[] = [];
  seconds = 0;
  state: BootState;
  running = '';
  #bootedAt = 0;
  #boots = 0;
  #memory: TendMemory | null = null;
  #verdict: VerdictFile | null = null;
  #isRebooting = false;
  readonly #world: TendWorld;
  readonly #config: Config;
  #ports: Ports | null = null;

  constructor(world: TendWorld) {
    this.#world = world;
    this.#config = configOf(world.config ?? CONFIG);
    this.state = world.state;
  }

  get uptime(): number {
    return this.seconds - this.#bootedAt;
  }

  /** Lives for so long; `note` sees each report of `tend` that did something. */
  live(seconds: number): void {
    const end = this.seconds + seconds;
    if (this.#boots === 0) this.boot();
    while (this.seconds < end) {
      this.seconds += MINUTE;
      if (this.running === 'rescue') {
        if (this.uptime >= 1800) this.boot();
        continue;
      }
      if (this.#verdict === null && this.uptime >= (this.#answers() ? 180 : VERDICT_AT)) this.#judge();
      else if (this.#verdict !== null) this.#tend();
      if (this.#isRebooting) this.boot();
    }
  }

  /** An operator comes in through the tunnel, and says so. */
  visit(): void {
    assert.ok(this.#ports !== null);
    proveRemotely(this.#ports, this.#ports.machine.bootId());
  }

  /** Somebody asks the system to go down. */
  shutDown(): void {
    assert.ok(this.#ports !== null);
    confirmStopped(this.#ports);
  }

  /** A power cut, now. */
  boot(): void {
    this.#boots += 1;
    this.#bootedAt = this.seconds;
    this.#isRebooting = false;
    this.#memory = null;
    this.#verdict = null;
    const bootId = this.#boots.toString(16).padStart(32, '0');
    const plan = planBoot(factsOf(this.state, { config: this.#config, bootId }));
    for (const step of plan.steps) {
      if (step.do !== 'saveState') continue;
      this.state = step.state;
      this.saves += 1;
    }
    const entered = plan.steps.find((step) => step.do === 'handOver');
    this.running = entered === undefined ? 'rescue' : `${entered.slot}${entered.mode === 'clean' ? ' clean' : ''}`;
    this.log.push(`${this.#clock()} boot ${this.running}`);
    this.#ports = entered === undefined ? null : this.#makePorts(bootId, entered);
  }

  #makePorts(
    bootId: string,
    { slot, attempt, mode }: { slot: string; attempt: number | null; mode: 'normal' | 'clean' | string },
  ): Ports {
    const deploymentId = this.state.slots[slot]?.deployment?.id ?? null;
    const info = bootInfo({ bootId, slot, attempt, mode: mode as 'normal', deploymentId });
    const fake = fakeNode({ config: this.#world.config ?? CONFIG, info, state: this.state });
    const node = this;
    return {
      ...fake.ports,
      config: {
        load: () => ({ path: 'x', config: node.#config, problems: [], notes: [], forcedSlot: null }),
      },
      openState: () => ({
        place: 'memory',
        read: () => ({ kind: 'valid', state: node.state, sequence: 1n, record: 0, note: null }),
        save(state) {
          if (node.#world.saveFails?.() === true) {
            node.failedSaves += 1;
            throw new Error('the medium is dead');
          }
          node.state = state;
          node.saves += 1;
        },
      }),
      run: {
        ...fake.ports.run,
        readVerdict: () => node.#verdict,
        writeVerdict(verdict) {
          node.#verdict = verdict;
        },
        readTend: () => node.#memory,
        writeTend(memory) {
          node.#memory = JSON.parse(JSON.stringify(memory)) as TendMemory;
        },
      },
      tunnel: {
        ...fake.ports.tunnel,
        running: () => (node.#answers() ? '77 since 1' : null),
        sample: () => node.#sample(),
      },
      heartbeat: { beat: () => void node.beats.push(node.seconds) },
      services: {
        restart: (unit) => void node.log.push(`${node.#clock()} restart ${unit}`),
        restartRunning: (units) => void node.log.push(`${node.#clock()} restart ${units.length} units`),
      },
      machine: {
        ...fake.ports.machine,
        bootId: () => bootId,
        now: () => new Date(Date.UTC(2026, 10, 21) + node.seconds * 1000).toISOString().replace('.000', ''),
        monotonicMs: () => node.uptime * 1000,
        uptimeSeconds: () => node.uptime,
        rebootNow: () => {
          node.#isRebooting = true;
        },
      },
      saveIdentity: () => {
        node.identitySaves += 1;
        return [];
      },
    };
  }

  #answers(): boolean {
    return this.#world.answers(this.seconds, this.running);
  }

  #sample(): TunnelSample {
    this.looks += 1;
    return this.#answers() ? { kind: 'proven', level: 'loop', notes: [] } : { kind: 'unproven', why: 'silence' };
  }

  /** What `confirm --wait` does at the end of its wait. */
  #judge(): void {
    const ports = this.#ports;
    assert.ok(ports !== null);
    const boot = findRunningBoot(ports);
    assert.ok(boot !== null);
    const health = this.state.slots[boot.slot]?.health;
    assert.ok(health !== undefined);
    const subject = {
      bootId: boot.bootId,
      slot: boot.slot,
      boot,
      health,
      config: this.#config,
    };
    this.state = markAlive(this.state, boot);
    this.saves += 1;
    if (this.#answers()) markThisProven(ports, subject, 'loop', []);
    else giveVerdict(ports, subject, { outcome: 'no-tunnel', reason: 'silence' });
  }

  #tend(): void {
    const ports = this.#ports;
    assert.ok(ports !== null);
    const report = tend(ports, { dryRun: false });
    if (['prove', 'offer', 'forget', 'endRound', 'reboot'].includes(report.did)) {
      this.log.push(`${this.#clock()} ${report.did}`);
    }
  }

  #clock(): string {
    const minutes = Math.round(this.seconds / 60);
    return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  }
}
