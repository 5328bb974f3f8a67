/** A terminal in memory, and the command line run against a fake node. */
import { runCli } from '../../src/cli/run.ts';
import { type FakeNode, type FakeSetup, fakeNode } from './fake-ports.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly node: FakeNode;
  /** What the adapters were built with; empty when they were not. */
  readonly built: readonly unknown[];
}

export interface TerminalSetup {
  readonly isTerminal?: boolean;
  readonly noColor?: string;
}

/** Runs `lifeboot LINE`; words are split at spaces. */
export function runLine(line: string, setup: FakeSetup | FakeNode = {}, terminal: TerminalSetup = {}): Ran {
  const node = 'ports' in setup ? setup : fakeNode(setup);
  const [out, err, built]: [string[], string[], unknown[]] = [[], [], []];
  const io = {
    stdout: (text: string) => void out.push(text),
    stderr: (text: string) => void err.push(text),
    isTerminal: terminal.isTerminal ?? false,
    env: { NO_COLOR: terminal.noColor },
  };
  const words = line === '' ? [] : line.split(' ');
  const makePorts = (options: unknown) => {
    built.push(options);
    return node.ports;
  };
  const code = runCli('lifeboot', words, makePorts, io);
  return { code, out: out.join(''), err: err.join(''), node, built };
}
