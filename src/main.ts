/**
 * Builds the adapters, runs the command line, sets the exit code. The only user of `process`.
 */
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import type { Ports } from './app/ports.ts';
import type { PortsOptions } from './cli/io.ts';
import { runCli } from './cli/run.ts';
import { makeConfigSource } from './platform/config-source.ts';
import { makeMachine } from './platform/machine.ts';
import { findDevice } from './platform/root/find-device.ts';
import { makeRunFiles } from './platform/run-files.ts';
import {
  openConfiguredState,
  openStatePath,
  prepareConfiguredState,
  prepareStateFile,
} from './platform/state/open-state.ts';
import { isTerminal, writeText } from './platform/terminal.ts';
import { makeStateLock, makeWriterLock } from './platform/writer-lock.ts';

const CONFIG_FILE = '/etc/lifeboot/lifeboot.toml';
const RUN_DIRECTORY = '/run/lifeboot';
const NEW_ROOT = '/sysroot';

/** Where the boot state can be. */
const MEDIA = {
  findDevice: (name: string, waitSeconds: number) => findDevice(name, { waitSeconds }).path,
  runDirectory: RUN_DIRECTORY,
};

function makePorts({ configFile, statePath, newRoot }: PortsOptions): Ports {
  const uid = process.getuid?.() ?? -1;
  const machine = makeMachine(uid);
  const config = makeConfigSource(configFile ?? CONFIG_FILE);
  const run = makeRunFiles(RUN_DIRECTORY);
  const adapters = once(() =>
    loadOperatorAdapters().makeOperatorPorts({
      machine,
      host: { execve: becomeProgram, env: process.env, uid, pid: process.pid },
      runDir: RUN_DIRECTORY,
      arch: process.arch,
      sourceOf: (slot) => config.load().config.slots[slot] ?? { root: '' },
      runningSlot: () => run.readBootInfo()?.slot ?? null,
      isTerminal: isTerminal(() => process.stderr.isTTY),
    }),
  );
  const { roots, rescue } = makeBootAdapters(newRoot ?? NEW_ROOT);
  return {
    config,
    openState: (config, { waitSeconds = 0 } = {}) =>
      statePath !== null ? openStatePath(statePath) : openConfiguredState(config, { ...MEDIA, waitSeconds }),
    prepareState: (config) =>
      statePath !== null ? prepareStateFile(statePath) : prepareConfiguredState(config, MEDIA),
    get roots() {
      return roots();
    },
    inspectBase: (source, recorded) => loadRootAdapters().inspectBase(source, recorded),
    run,
    machine,
    lock: statePath === null ? makeWriterLock(`${RUN_DIRECTORY}/lock`) : makeStateLock(statePath),
    ...makeLongLocks(),
    log: { info: say, warn: say },
    get tunnel() {
      return adapters().tunnel;
    },
    get checks() {
      return adapters().checks;
    },
    get deadline() {
      return adapters().deadline;
    },
    get services() {
      return adapters().services;
    },
    get rescue() {
      return rescue();
    },
    get heartbeat() {
      return adapters().heartbeat;
    },
    get survey() {
      return adapters().survey;
    },
    get repairs() {
      return adapters().repairs;
    },
    get incoming() {
      return adapters().incoming;
    },
    ...whenAsked(adapters),
    get layers() {
      return adapters().layers;
    },
  };
}

/** What a boot builds and orders, and `plan` does not. */
function makeBootAdapters(newRoot: string) {
  return {
    roots: once(() => loadRootAdapters().makeRootBuilder({ runDir: RUN_DIRECTORY, newRoot, arch: process.arch })),
    rescue: once(() => loadRootAdapters().makeRescue(RUN_DIRECTORY)),
  };
}

function whenAsked(adapters: () => Pick<Ports, 'changes' | 'saveIdentity'>): Pick<Ports, 'changes' | 'saveIdentity'> {
  const changes = () => adapters().changes;
  return {
    changes: { drift: () => changes().drift(), etcSides: (slot, source) => changes().etcSides(slot, source) },
    saveIdentity: (files) => adapters().saveIdentity(files),
  };
}

/** What takes long has a lock of its own. */
function makeLongLocks(): Pick<Ports, 'repairLock' | 'installLock' | 'layersLock'> {
  return {
    repairLock: makeWriterLock(`${RUN_DIRECTORY}/repair.lock`),
    installLock: makeWriterLock(`${RUN_DIRECTORY}/install.lock`),
    layersLock: makeWriterLock(`${RUN_DIRECTORY}/layers.lock`),
  };
}

// `plan` needs neither, and reading their code takes milliseconds.
function loadOperatorAdapters(): typeof import('./platform/operator-adapters.ts') {
  return createRequire(import.meta.url)('./platform/operator-adapters.ts');
}

function loadRootAdapters(): typeof import('./platform/root/root-adapters.ts') {
  return createRequire(import.meta.url)('./platform/root/root-adapters.ts');
}

/** Made when it is first asked for, and once. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function say(text: string): void {
  writeText(2, `lifeboot: ${text}\n`);
}

function becomeProgram(file: string, argv: readonly string[], env: Readonly<Record<string, string>>): never {
  if (process.execve === undefined) throw new Error('this Node has no execve');
  return process.execve(file, [...argv], { ...env });
}

process.exitCode = runCli(basename(process.argv0), process.argv.slice(2), makePorts, {
  stdout: (text) => writeText(1, text),
  stderr: (text) => writeText(2, text),
  get isTerminal() {
    return isTerminal(() => process.stdout.isTTY);
  },
  env: process.env,
});
