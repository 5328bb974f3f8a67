/** What is installed in a root, told by its package database. */
import { existsSync, readFileSync } from 'node:fs';
import { type Packages, parseDpkgStatus, parseRpmList, RPM_FORMAT } from '../../core/store/packages.ts';
import { resolveInRoot } from '../root/resolve-in-root.ts';
import { errorCode, runTool } from '../root/tools.ts';

const RPM_LIMIT_MS = 60_000;
const RPM_DATABASES = ['/usr/lib/sysimage/rpm', '/var/lib/rpm'];

/** @returns null where there is no package database that is known. @throws BootError IO when it cannot be read */
export function readPackages(root: string): Packages | null {
  const status = readText(resolveInRoot(root, '/var/lib/dpkg/status'));
  if (status !== null) return parseDpkgStatus(status);
  const database = RPM_DATABASES.find((path) => existsSync(resolveInRoot(root, `${path}/rpmdb.sqlite`)));
  if (database === undefined) return null;
  const argv = ['rpm', '--root', root, '--dbpath', database, '-qa', '--queryformat', RPM_FORMAT];
  return parseRpmList(runTool(argv, { timeoutMs: RPM_LIMIT_MS }));
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}
