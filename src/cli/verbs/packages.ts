/** `lifeboot packages`: what is installed in a deployment. */
import { listPackages } from '../../app/look-at-roots.ts';
import type { Ports } from '../../app/ports.ts';
import type { KeptCommand } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import { formatJson } from '../render.ts';

type Packages = Extract<KeptCommand, { verb: 'packages' }>;

/** @returns 1 when the package that is named is not installed */
export function runPackages({ of, name, json }: Packages, ports: Ports, io: Io): ExitCode {
  const list = listPackages(ports, of);
  const packages = name === null ? list.packages : list.packages.filter((each) => each.name === name);
  const lines =
    name === null ? packages.map((each) => `${each.name} ${each.version}`) : packages.map((each) => each.version);
  io.stdout(json ? formatJson({ ...list, packages }) : lines.map((line) => `${line}\n`).join(''));
  if (packages.length > 0 || name === null) return EXIT.ok;
  if (!json) io.stdout(`${name} is not installed\n`);
  return EXIT.failed;
}
