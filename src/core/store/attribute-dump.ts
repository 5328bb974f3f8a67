/**
 * What `getfattr --dump --encoding=hex` prints and `setfattr --restore` reads: extended attributes of many files at once.
 *
 * Pure. Texts and paths are byte strings (latin1, a character for each byte): file names need not be UTF-8.
 */

export interface Attribute {
  /** Relative to the directory that was asked; '' is that directory itself. */
  readonly path: string;
  readonly name: string;
  /** Hex digits without `0x`. */
  readonly value: string;
}

export function parseAttributeDump(dump: string): readonly Attribute[] {
  const found: Attribute[] = [];
  let path = '';
  for (const line of dump.split('\n')) {
    if (line.startsWith('# file: ')) {
      path = cleaned(unescaped(line.slice('# file: '.length)));
      continue;
    }
    // A name may hold '=', a value in hex cannot.
    const sign = line.lastIndexOf('=');
    const name = sign < 0 ? line : line.slice(0, sign);
    if (name !== '')
      found.push({ path, name: unescaped(name), value: sign < 0 ? '' : line.slice(sign + '=0x'.length) });
  }
  return found;
}

/** The text that `setfattr --restore` reads when it runs in the directory that the paths are relative to. */
export function formatAttributeDump(attributes: readonly Attribute[]): string {
  const line = ({ path, name, value }: Attribute): string =>
    `# file: ${escaped(`./${path}`)}\n${escaped(name)}${value === '' ? '=""' : `=0x${value}`}\n\n`;
  return attributes.map(line).join('');
}

function cleaned(path: string): string {
  return path === '.' ? '' : path.replace(/^\.\//, '');
}

function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** Everything but plain letters: setfattr reads any byte in this form. */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9_./-]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
