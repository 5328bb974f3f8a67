/**
 * What the running slot has beside its upper and must have in its first layer.
 *
 * Pure. A base without layers has its package database in a persistent `/var`, as the running system sees it; a deployment
 * with layers has its own (`PACKAGE_DIRS`). So the first layer takes the running one along: else the next boot would show
 * that of the base, and a package manager would install what is there already.
 */
import { cleanPath, PACKAGE_DIRS } from '../root/store-names.ts';

/** @param persist paths of `[[persist]]` @returns the package databases that lie in them */
export function persistentPackageDirs(persist: readonly string[]): readonly string[] {
  const tops = persist.map(cleanPath);
  return PACKAGE_DIRS.filter((dir) => tops.some((top) => dir === top || dir.startsWith(`${top}/`)));
}
