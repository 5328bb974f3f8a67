/**
 * The pair of slots and the kept snapshots, as tables.
 *
 * Pure.
 */
import type { SnapshotList } from '../../app/report-pair.ts';
import { formatBytes } from '../../core/repair/examine-slot.ts';
import type { PackageCounts } from '../../core/store/deployment.ts';
import type { PairReport, PairSlot } from '../../core/store/describe-pair.ts';
import type { SnapshotEntry } from '../../core/store/describe-snapshots.ts';
import { type Cell, formatTable, type Paint, plain, wrap } from '../render.ts';

export function formatPairReport(report: PairReport, paint: Paint): string {
  const rows = Object.entries(report.slots).map(([name, slot]) => pairRow(name, slot, report));
  const { session, verified } = report;
  return lines([
    ...wrap('', STATES[report.state]),
    '',
    ...formatTable([head(['', 'slot', 'health', 'role', 'stack', 'layers', 'version', 'written']), ...rows], paint, ''),
    '',
    ...describeSession(session),
    ...(verified?.length === 0 ? ['verified: every layer is what its digest says'] : []),
    ...(verified ?? []).flatMap((text) => wrap('damaged: ', text)),
    ...report.problems.flatMap((text) => wrap('problem: ', text)),
  ]);
}

function describeSession(session: PairReport['session']): readonly string[] {
  if (session === null) return [];
  const { slot, entries, sizeBytes } = session;
  const place = `slot ${slot} still writes to its old upper (${entries} entries, ${formatBytes(sizeBytes)})`;
  return wrap('session: ', `${place}; what is new in it since the snapshot is gone at the next boot`);
}

const STATES: Readonly<Record<PairReport['state'], string>> = {
  before: 'no snapshot is taken',
  taken: 'a snapshot is taken: the active slot is what the node comes back to',
  rebooted: 'the slot that was prepared has proven itself, so the snapshot has ended',
};

function pairRow(name: string, slot: PairSlot, report: PairReport): readonly Cell[] {
  const { deployment, upper, health } = slot;
  const role = [
    ...(report.active === name ? ['active'] : []),
    ...(report.inactive === name ? ['inactive'] : []),
    ...(report.writable === name ? ['writable'] : []),
    ...(report.locked === name ? ['locked'] : []),
  ];
  return [
    plain(report.boot === name ? '>' : ' '),
    plain(name),
    plain(health),
    plain(role.join(', ') || '-'),
    plain(deployment?.id.slice(0, 12) ?? '-'),
    plain(String(deployment?.layers?.length ?? '?')),
    plain(deployment?.version ?? '-'),
    plain(upper === null ? '-' : formatBytes(upper.sizeBytes)),
  ];
}

interface Column {
  readonly title: string;
  readonly cell: (entry: SnapshotEntry) => string;
}

const COLUMNS: readonly Column[] = [
  { title: '#', cell: ({ number }) => String(number) },
  { title: 'type', cell: ({ type, preNumber }) => (preNumber === null ? type : `${type} of ${preNumber}`) },
  { title: 'date', cell: ({ createdAt }) => createdAt ?? 'clock not set' },
  { title: 'packages', cell: ({ packages }) => formatPackages(packages) },
  { title: 'own size', cell: ({ exclusiveBytes }) => (exclusiveBytes === null ? '?' : formatBytes(exclusiveBytes)) },
  { title: 'used', cell: ({ usedBy, pinned }) => [...usedBy, ...(pinned ? ['pinned'] : [])].join(', ') || '-' },
  { title: 'description', cell: ({ description }) => description || '-' },
  {
    title: 'user data',
    cell: ({ userData }) => formatUserData(userData),
  },
];

const SNAPPER: readonly {
  readonly title: string;
  readonly cell: (entry: SnapshotList['snapper'][number]) => string;
}[] = [
  { title: '#', cell: ({ number }) => `snapper:${number}` },
  { title: 'of', cell: ({ path }) => path },
  { title: 'type', cell: ({ type, preNumber }) => (preNumber === null ? type : `${type} of ${preNumber}`) },
  { title: 'date', cell: ({ createdAt }) => createdAt ?? '-' },
  { title: 'cleanup', cell: ({ cleanup }) => cleanup ?? '-' },
  { title: 'description', cell: ({ description }) => description || '-' },
  { title: 'user data', cell: ({ userData }) => formatUserData(userData) },
];

export function formatSnapshotList({ pair, snapshots, snapper, problems }: SnapshotList, paint: Paint): string {
  const others = snapper.map((entry) => SNAPPER.map(({ cell }) => plain(cell(entry))));
  const rows = snapshots.map((entry) => COLUMNS.map(({ cell }) => plain(cell(entry))));
  const locked = pair.locked === null ? '' : `; slot ${pair.locked} is locked, slot ${pair.writable} may be changed`;
  return lines([
    ...wrap('', `slots ${pair.slots.join(' and ')}: ${STATES[pair.state]}${locked}`),
    '',
    ...(rows.length === 0
      ? ['no snapshots are kept']
      : formatTable([head(COLUMNS.map(({ title }) => title)), ...rows], paint, '')),
    ...(others.length === 0
      ? []
      : ['', 'by Snapper:', ...formatTable([head(SNAPPER.map(({ title }) => title)), ...others], paint, '')]),
    ...problems.flatMap((text) => wrap('problem: ', text)),
  ]);
}

function formatUserData(userData: Readonly<Record<string, string>>): string {
  return Object.entries(userData)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/** As Snapper and package managers write it. */
function formatPackages(packages: PackageCounts | null): string {
  return packages === null ? '-' : `+${packages.added} ~${packages.changed} -${packages.removed}`;
}

function head(titles: readonly string[]): readonly Cell[] {
  return titles.map((text) => ({ text, colour: 'bold' }));
}

function lines(all: readonly string[]): string {
  return `${all.join('\n').trimEnd()}\n`;
}
