/**
 * Reduces the ICU data inside a Node executable to the root and English locales, as Node's option `small-icu` does.
 *
 * 28 of Node's 109 MB are locales, dictionaries and legacy encodings of which lifeboot uses none, and each boot would
 * unpack them. The items are taken off the package's table of contents, so ICU finds them absent and falls back to the
 * root locale, as it does in a small-icu build; their bytes become zero, so that they cost nothing when compressed.
 * Addresses do not move. Pure: bytes in, bytes out.
 *
 * The format is ICU's common data package (udata.h, "CmnD"): header, item count, then one pair of offsets (name, data)
 * for each item, sorted by name; the offsets count from the item count.
 */

const MAGIC = Buffer.from([0xda, 0x27]);
const FORMAT = Buffer.from('CmnD');
/** From the start of the header: its own size (u16), the magic bytes, an 8-byte UDataInfo, the format's name. */
const MAGIC_OFFSET = 2;
const FORMAT_OFFSET = 12;
const ITEM_BYTES = 8;

interface IcuItem {
  readonly name: string;
  readonly nameOffset: number;
  readonly dataOffset: number;
}

export interface SlimmedIcu {
  readonly keptItems: number;
  readonly droppedItems: number;
  readonly droppedBytes: number;
}

/** Locale data is kept for the root locale and for English; `pool` and `res_index` are shared by all locales. */
const KEPT_LOCALES = new Set(['root', 'en', 'en_US', 'en_US_POSIX', 'pool', 'res_index']);

/** Legacy encodings, dictionaries, transliteration, spelt-out numbers, StringPrep, names of characters: no JavaScript
 * interface, or none but legacy decoders and word breaks in languages without spaces, leads to these. */
const UNREACHABLE = /\.(cnv|dict|spp|cfu)$|^(translit|rbnf)\/|^unames\.icu$/;

/** True for an item that the root and English locales need. Names are `icudt78l/TREE/FILE` or `icudt78l/FILE`. */
export function isKeptItem(name: string): boolean {
  const [, ...path] = name.split('/');
  const file = path.at(-1) ?? '';
  const stem = file.slice(0, file.lastIndexOf('.'));
  if (UNREACHABLE.test(path.join('/'))) return false;
  if (file.endsWith('.brk')) return ['char', 'word', 'sent', 'line', 'title'].includes(stem);
  if (!file.endsWith('.res') || KEPT_LOCALES.has(stem)) return true;
  // In a tree every .res is a locale; at the top, locales begin with a language code and other tables do not.
  return path.length === 1 && !/^[a-z]{2,3}(_\w+)?$/.test(stem);
}

function findPackage(image: Buffer): number {
  const found: number[] = [];
  for (let at = image.indexOf(FORMAT); at >= 0; at = image.indexOf(FORMAT, at + 1)) {
    const start = at - FORMAT_OFFSET;
    const magic = image.subarray(start + MAGIC_OFFSET, start + MAGIC_OFFSET + MAGIC.length);
    if (start >= 0 && magic.equals(MAGIC)) found.push(start);
  }
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`found ${found.length} ICU packages, expected one`);
  return only + image.readUInt16LE(only);
}

function readItems(image: Buffer, table: number): IcuItem[] {
  return Array.from({ length: image.readUInt32LE(table) }, (_, index) => {
    const nameOffset = image.readUInt32LE(table + 4 + ITEM_BYTES * index);
    const dataOffset = image.readUInt32LE(table + 8 + ITEM_BYTES * index);
    const nameStart = table + nameOffset;
    return { name: image.toString('latin1', nameStart, image.indexOf(0, nameStart)), nameOffset, dataOffset };
  });
}

/** Changes `image`, a whole executable or library with exactly one ICU package. Returns what was kept and dropped. */
export function slimIcu(image: Buffer): SlimmedIcu {
  const table = findPackage(image);
  const items = readItems(image, table);
  // The end of the last item is not recorded, so it stays.
  const isKept = (item: IcuItem, index: number): boolean => index === items.length - 1 || isKeptItem(item.name);
  const kept = items.filter(isKept);
  let droppedBytes = 0;
  items.forEach((item, index) => {
    const next = items[index + 1];
    if (next === undefined || isKept(item, index)) return;
    image.fill(0, table + item.dataOffset, table + next.dataOffset);
    droppedBytes += next.dataOffset - item.dataOffset;
  });
  image.writeUInt32LE(kept.length, table);
  kept.forEach((item, index) => {
    image.writeUInt32LE(item.nameOffset, table + 4 + ITEM_BYTES * index);
    image.writeUInt32LE(item.dataOffset, table + 8 + ITEM_BYTES * index);
  });
  image.fill(0, table + 4 + ITEM_BYTES * kept.length, table + 4 + ITEM_BYTES * items.length);
  return { keptItems: kept.length, droppedItems: items.length - kept.length, droppedBytes };
}
