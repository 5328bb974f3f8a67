/**
 * What Snapper says of a snapshot of its own: `.snapshots/NUMBER/info.xml`.
 *
 * Pure. Format: what Snapper 0.10 writes; names that are not known are left alone. It holds no nesting but user data.
 */
import type { SnapshotType } from '../store/snapshot.ts';
import { SNAPSHOT_TYPES } from '../store/snapshot.ts';

export interface SnapperSnapshot {
  readonly number: number;
  readonly type: SnapshotType;
  readonly preNumber: number | null;
  /** RFC 3339 UTC; null: it does not say. */
  readonly createdAt: string | null;
  readonly description: string;
  readonly userData: Readonly<Record<string, string>>;
  /** Snapper's rule that deletes it; null: none. */
  readonly cleanup: string | null;
}

/** @param number the name of its directory. @returns null when it is none, or of another one */
export function parseSnapperInfo(text: string, number: number): SnapperSnapshot | null {
  const body = /<snapshot>([\s\S]*)<\/snapshot>/.exec(text)?.[1];
  if (body === undefined) return null;
  const userData = [...body.matchAll(/<userdata>([\s\S]*?)<\/userdata>/g)].flatMap(([, pair = '']) => {
    const key = element(pair, 'key');
    return key === null ? [] : [[key, element(pair, 'value') ?? ''] as const];
  });
  const own = body.replace(/<userdata>[\s\S]*?<\/userdata>/g, '');
  const type = SNAPSHOT_TYPES.find((each) => each === element(own, 'type'));
  if (type === undefined || Number(element(own, 'num')) !== number) return null;
  const preNumber = element(own, 'pre_num');
  return {
    number,
    type,
    preNumber: preNumber === null ? null : Number(preNumber),
    createdAt: toRfc3339(element(own, 'date')),
    description: element(own, 'description') ?? '',
    userData: Object.fromEntries(userData),
    cleanup: element(own, 'cleanup') || null,
  };
}

function element(text: string, name: string): string | null {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  return found === undefined ? null : decodeEntities(found);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name: string) => {
    const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : null;
    if (code !== null) return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    return ENTITIES[name] ?? whole;
  });
}

/** Snapper writes UTC without saying so. */
function toRfc3339(date: string | null): string | null {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/.exec(date ?? '') ?? [];
  return day === undefined ? null : `${day}T${time}Z`;
}
