/**
 * Builds the adapters, runs the command line, sets the exit code. The only user of `process`.
 */
import { basename } from 'node:path';
import type { Ports } from './app/ports.ts';
import type { PortsOptions } from './cli/io.ts';
import { runCli } from './cli/run.ts';
import { makeChecks } from './platform/checks.ts';
import { makeConfigSource } from './platform/config-source.ts';
import { makeHeartbeat } from './platform/heartbeat.ts';
import { makeMachine } from './platform/machine.ts';
import { makeDeadline } from './platform/postpone-deadline.ts';
import { makeRepairs } from './platform/repair/make-repairs.ts';
import { makeRescue } from './platform/rescue/rescue-files.ts';
import { findDevice } from './platform/root/find-device.ts';
import { inspectBase } from './platform/root/inspect-base.ts';
import { makeRootBuilder } from './platform/root/root-builder.ts';
import { saveIdentity } from './platform/root/save-identity.ts';
import { makeRunFiles } from './platform/run-files.ts';
import { makeServices } from './platform/services.ts';
import { openSshTunnel } from './platform/ssh/open-ssh.ts';
import {
  openConfiguredState,
  openStatePath,
  prepareConfiguredState,
  prepareStateFile,
} from './platform/state/open-state.ts';
import { makeSurvey } from './platform/survey.ts';
import { isTerminal, writeText } from './platform/terminal.ts';
import { makeStateLock, makeWriterLock } from './platform/writer-lock.ts';

const CONFIG_FILE = '/etc/lifeboot/lifeboot.toml';
const RUN_DIRECTORY = '/run/lifeboot';
const NEW_ROOT = '/sysroot';

function makePorts({ configFile, statePath, newRoot }: PortsOptions): Ports {
  const uid = process.getuid?.() ?? -1;
  const machine = makeMachine(uid);
  const host = { execve: becomeProgram, env: process.env, uid, pid: process.pid };
  return {
    config: makeConfigSource(configFile ?? CONFIG_FILE),
    openState: (config, options = {}) =>
      statePath !== null
        ? openStatePath(statePath)
        : openConfiguredState(config, {
            findDevice: (name, waitSeconds) => findDevice(name, { waitSeconds }).path,
            waitSeconds: options.waitSeconds ?? 0,
            runDirectory: RUN_DIRECTORY,
          }),
    prepareState: (config) =>
      statePath !== null
        ? prepareStateFile(statePath)
        : prepareConfiguredState(config, {
            findDevice: (name, waitSeconds) => findDevice(name, { waitSeconds }).path,
            runDirectory: RUN_DIRECTORY,
          }),
    roots: makeRootBuilder({ runDir: RUN_DIRECTORY, newRoot: newRoot ?? NEW_ROOT, arch: process.arch }),
    run: makeRunFiles(RUN_DIRECTORY),
    tunnel: openSshTunnel(machine, host),
    checks: makeChecks(),
    deadline: makeDeadline(),
    services: makeServices(),
    rescue: makeRescue(RUN_DIRECTORY),
    machine,
    heartbeat: makeHeartbeat(machine.uptimeSeconds),
    lock: statePath === null ? makeWriterLock(`${RUN_DIRECTORY}/lock`) : makeStateLock(statePath),
    log: { info: say, warn: say },
    inspectBase: (root, recorded) => inspectBase(root, recorded),
    survey: makeSurvey(findDevice),
    repairs: makeRepairs({ runDir: RUN_DIRECTORY, arch: process.arch }),
    repairLock: makeWriterLock(`${RUN_DIRECTORY}/repair.lock`),
    saveIdentity: (files) => saveIdentity(files),
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
