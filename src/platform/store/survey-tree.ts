/**
 * What about a tree of changes decides how it can be packed.
 */

import { BootError } from '../../core/errors.ts';
import type { Attribute } from '../../core/store/attribute-dump.ts';
import type { TreeNeeds } from '../../core/store/choose-form.ts';
import { isBelowOne } from '../../core/store/tree-changes.ts';
import { readAttributes } from './attributes.ts';
import { below, readNames, shownPath, toBytePath, unlessGone } from './byte-path.ts';

export interface TreeSurvey extends TreeNeeds {
  /** Directories and files whose content lies elsewhere, in the layers below; byte strings, relative. */
  readonly replaced: readonly string[];
  readonly hasMetacopy: boolean;
}

const LONGEST_NAME_BYTES = 255;
const PATTERN = '^(trusted\\.overlay\\.(redirect|metacopy|whiteout)|system\\.posix_acl_(access|default))$';

/**
 * @param isLive somebody writes to it meanwhile
 * @throws BootError CONTENT, IO, UNAVAILABLE without the tools
 */
export function surveyTree(tree: string, isLive: boolean): TreeSurvey {
  const attributes = readAttributes(tree, { pattern: PATTERN, isLive });
  const pathsWith = (name: string): string[] => attributes.filter((found) => found.name === name).map(pathOf);
  const [odd] = pathsWith('trusted.overlay.whiteout');
  if (odd !== undefined) {
    throw new BootError('CONTENT', `'${shownPath(odd)}' is marked as deleted in a form that layers do not have`, {
      hint: 'lifeboot did not write this: delete the file, or start from a fresh upper',
    });
  }
  const metacopies = pathsWith('trusted.overlay.metacopy');
  return {
    hasLongName: hasLongName(toBytePath(tree)),
    hasAcl: attributes.some(({ name }) => name.startsWith('system.posix_acl')),
    hasMetacopy: metacopies.length > 0,
    replaced: topmost([...new Set([...pathsWith('trusted.overlay.redirect'), ...metacopies])]),
  };
}

function pathOf({ path }: Attribute): string {
  return path;
}

/** What lies below another one comes along with that. */
function topmost(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => !isBelowOne(path.slice(0, Math.max(0, path.lastIndexOf('/'))), new Set(paths))).sort();
}

function hasLongName(dir: string): boolean {
  const names = unlessGone(() => readNames(dir)) ?? [];
  return names.some(
    (entry) => entry.name.length >= LONGEST_NAME_BYTES || (entry.isDirectory() && hasLongName(below(dir, entry.name))),
  );
}
