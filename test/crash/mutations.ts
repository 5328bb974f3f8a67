/**
 * Deliberate faults in the production code, each with the operations that must not survive it.
 *
 * A fault is a piece of source text and what stands there instead; a piece that is not found any more fails the suite.
 */
export interface Mutation {
  readonly name: string;
  /** Below src/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly operations: readonly string[];
}

const MEDIUM = 'platform/state/record-medium.ts';
const RESET = 'platform/root/reset-data.ts';
const DURABLE = 'platform/root/durable.ts';

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the record is not flushed',
    ...{ file: MEDIUM, from: '      fsyncSync(descriptor);\n', to: '' },
    operations: ['boot', 'mark good'],
  },
  {
    name: 'the record is flushed before it is written',
    file: MEDIUM,
    from: 'writeFully(descriptor, bytes, offset);\n      fsyncSync(descriptor);',
    to: 'fsyncSync(descriptor);\n      writeFully(descriptor, bytes, offset);',
    operations: ['boot', 'switch'],
  },
  {
    name: 'the newest record is overwritten',
    ...{
      file: 'core/state/choose-record.ts',
      from: 'record: newest.record === 0 ? 1 : 0',
      to: 'record: newest.record',
    },
    operations: ['mark good', 'state set'],
  },
  {
    name: 'a second save goes where the first one went',
    ...{
      file: 'platform/state/state-store.ts',
      from: 'record: next.record, note: null',
      to: 'record: next.record === 0 ? 1 : 0, note: null',
    },
    operations: ['boot past a slot that cannot be mounted'],
  },
  {
    name: 'the sequence does not grow',
    ...{ file: 'core/state/choose-record.ts', from: 'newest.sequence + 1n', to: 'newest.sequence' },
    operations: ['mark bad', 'switch'],
  },
  {
    name: 'the checksum is not looked at',
    ...{
      file: 'core/state/record-codec.ts',
      from: 'view.getUint32(24, true) !== checksum(record, length)',
      to: 'length === 0',
    },
    operations: ['confirm: alive and proven', 'boot'],
  },
  {
    name: 'the checksum leaves out the payload',
    file: 'core/state/record-codec.ts',
    from: 'return crc32(record.subarray(HEADER_BYTES, HEADER_BYTES + payloadBytes), crc32(record.subarray(0, 24)));',
    to: 'return crc32(record.subarray(0, 24 + 0 * payloadBytes));',
    operations: ['boot', 'switch --once'],
  },
  {
    name: 'the attempt is saved when the slot is already being put together',
    file: 'core/boot/plan-boot.ts',
    from: '...(save === null ? [] : [save]),\n',
    to: '',
    operations: ['boot'],
  },
  {
    name: 'the attempt is not counted',
    ...{ file: 'core/boot/count-attempt.ts', from: 'attempts: before.attempts + 1', to: 'attempts: before.attempts' },
    operations: ['boot', 'reset-attempts'],
  },
  {
    name: 'a choice for one boot is not consumed with the attempt',
    ...{ file: 'core/boot/count-attempt.ts', from: '    oneShot: null,\n    ladder', to: '    ladder' },
    operations: ['boot', 'switch --once'],
  },
  {
    name: 'files are not flushed before they get their name',
    ...{ file: DURABLE, from: '    fsyncSync(file);\n  } catch (error) {', to: '  } catch (error) {' },
    operations: ['identity kept'],
  },
  {
    name: 'files get their name before they are flushed',
    file: DURABLE,
    from: '    fsyncSync(file);\n  } catch (error) {',
    to: '    renameSync(temporary, path);\n    fsyncSync(file);\n    renameSync(path, temporary);\n  } catch (error) {',
    operations: ['identity kept'],
  },
  {
    name: 'files are written in place',
    file: DURABLE,
    from: 'rmSync(temporary, { force: true, recursive: true });',
    to: 'if (path.length > 0) return writeFileSync(path, bytes, { mode: rights.mode });',
    operations: ['identity kept'],
  },
  {
    name: 'the directory is not flushed after a rename',
    ...{
      file: DURABLE,
      from: '  renameSync(temporary, path);\n  syncPath(dirname(path));',
      to: '  renameSync(temporary, path);',
    },
    operations: ['identity kept'],
  },
  {
    name: 'new directories are not flushed',
    ...{ file: DURABLE, from: 'dir.length >= first.length; dir', to: 'dir.length > 1e6; dir' },
    operations: ['identity kept'],
  },
  {
    name: 'a version is remembered as saved before its copy is',
    file: 'platform/root/save-identity.ts',
    from: '  write(place, now);\n  rememberSaved(dirname(tree), path, now.bytes);',
    to: '  rememberSaved(dirname(tree), path, now.bytes);\n  write(place, now);',
    operations: ['identity kept'],
  },
  {
    name: 'an upper gets its name before its directories are flushed',
    file: 'platform/root/upper.ts',
    from: "for (const dir of [join(fresh, 'upper'), join(fresh, 'work'), fresh]) syncPath(dir);\n",
    to: '',
    operations: ['upper made'],
  },
  {
    name: 'every older upper is retired',
    ...{
      file: 'core/root/store-names.ts',
      from: 'slotOf(name) === slotOf(current)).slice(1)',
      to: 'slotOf(name) === slotOf(current))',
    },
    operations: ['upper made'],
  },
  {
    name: 'a persistent directory gets its name before it is flushed',
    file: 'platform/root/persist.ts',
    from: "if (tryTool(['sync', '-f', temporary], { timeoutMs }).status !== 0) runTool(['sync'], { timeoutMs });",
    to: '',
    operations: ['persistent directory made'],
  },
  {
    name: 'a persistent directory is copied to its name',
    file: 'platform/root/persist.ts',
    from: "runTool(['cp', '-a', '--', from, temporary], { timeoutMs });",
    to: "runTool(['cp', '-a', '--', from, to], { timeoutMs });\n    if (timeoutMs > 0) return;",
    operations: ['persistent directory made'],
  },
  {
    name: 'the file of the state is made in place',
    file: 'platform/state/open-state.ts',
    from: '  rmSync(temporary, { force: true });\n',
    to: `  if (path.length > 0) {
    const place = openSync(path, 'wx', 0o600);
    writeFileSync(place, new Uint8Array(FILE_BYTES));
    fsyncSync(place);
    return true;
  }\n`,
    operations: ['state init'],
  },
  {
    name: 'a slot whose file system is being repaired can be booted',
    file: 'core/repair/record-repair.ts',
    from: "withSlot(begun(state, name), name, { health: 'bad', reason })",
    to: 'withSlot(begun(state, name), name, { reason })',
    operations: ['repair: a file system in place, after a check'],
  },
  {
    name: 'a slot that is written anew is not recorded as empty first',
    file: 'core/repair/write-steps.ts',
    from: "{ do: 'recordEmpty', slot, what },\n",
    to: '',
    operations: ['repair --from'],
  },
  {
    name: 'the head of a slot is not cleared before the rest is written',
    file: 'core/repair/write-steps.ts',
    from: "{ do: 'clearHead', device },\n",
    to: '',
    operations: ['repair --from'],
  },
  {
    name: 'the superblock of a slot is written before the rest of its head',
    file: 'platform/repair/slot-writer.ts',
    from: 'for (const pieces of [others, first === undefined ? [] : [first]])',
    to: 'for (const pieces of [first === undefined ? [] : [first], others])',
    operations: ['repair --from'],
  },
  {
    name: 'the superblock of a slot is cleared together with the rest of its head',
    file: 'platform/repair/slot-writer.ts',
    from: 'for (const pieces of [first === undefined ? [] : [first], others])',
    to: 'for (const pieces of [first === undefined ? [] : [first, ...others]])',
    operations: ['repair --from'],
  },
  {
    name: 'a factory reset moves before its list is on disk',
    file: RESET,
    from: '  renameDurably(fresh, join(store, name));\n',
    to: '  renameSync(fresh, join(store, name));\n',
    operations: ['factory reset of uppers', 'factory reset undone'],
  },
  {
    name: 'a factory reset is told as done before it is',
    file: RESET,
    from: 'if (exists(from) && !exists(to)) renameDurably(from, to);',
    to: 'if (exists(from) && !exists(to)) renameSync(from, to);',
    operations: ['factory reset of uppers', 'factory reset of everything', 'factory reset undone'],
  },
  {
    name: 'a factory reset that was begun is taken for done',
    file: RESET,
    from: 'for (const each of kept) if (!each.isDone) finish(each, store);',
    to: '',
    operations: ['factory reset of everything', 'factory reset undone'],
  },
  {
    name: 'a factory reset moves what it has moved already',
    ...{ file: RESET, from: 'if (exists(from) && !exists(to)) rename', to: 'if (exists(from)) rename' },
    operations: ['factory reset undone'],
  },
  {
    name: 'a factory reset is done again in each boot',
    ...{ file: RESET, from: '=> record.id === action.id)', to: '=> record.id === action.id.slice(1))' },
    operations: ['factory reset of uppers'],
  },
  {
    name: 'a factory reset does not save the identity files first',
    file: RESET,
    from: 'if (!forgets) keepIdentity',
    to: 'if (forgets) keepIdentity',
    operations: ['factory reset of uppers'],
  },
];
