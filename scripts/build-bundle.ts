/**
 * Bundles the program to two minified CommonJS scripts: `build-bundle.ts DIRECTORY`.
 *
 * The boot waits for what it has to read, so what only operators use is a script of its own, `operate.cjs`, which the first,
 * `lifeboot.cjs`, loads when one of its parts is asked for. What both need is in the first, once.
 *
 * Node modules that most runs do not need are loaded at their first use: each costs milliseconds at start (seconds, all
 * together, in an emulated guest), and `lifeboot plan` needs none of them. The same holds for our own code: what the sources
 * load by `createRequire` is a part, a function of its script that V8 does not look into before it is called.
 */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Metafile, type Plugin, transformSync } from 'esbuild';
import { writeAtomically } from './files.ts';
import { distDir, repoDir } from './node-package.ts';

/** The parts of each script: the program, then what it loads by `createRequire`. */
const PARTS = {
  lifeboot: ['src/main.ts', 'src/platform/root/root-adapters.ts'],
  operate: ['src/cli/help.ts', 'src/cli/other-verbs.ts', 'src/platform/operator-adapters.ts'],
};
const ALL_PARTS = [...PARTS.lifeboot, ...PARTS.operate];
const LAZY_MODULES = ['node:child_process', 'node:crypto', 'node:os', 'node:net', 'node:zlib', 'node:readline'];

/** A `require` that hands out a stand-in which loads the module when one of its members is first read. */
const LAZY_REQUIRE = `function lazyRequire(name) {
  return new Proxy({}, { get: (_, member) => require(name)[member] });
}`;

/** Turns the top-level requires of `LAZY_MODULES` in a bundle that is not minified yet into lazy ones. */
export function requireLazily(bundle: string): string {
  const lazy = LAZY_MODULES.reduce(
    (text, name) => text.replaceAll(`require("${name}")`, `lazyRequire("${name}")`),
    bundle,
  );
  return lazy === bundle ? bundle : `${LAZY_REQUIRE}\n${lazy}`;
}

/** One call of `require` for each Node module instead of one for each of our files: a hundred calls take a millisecond. */
export function requireOnce(bundle: string): string {
  const names = new Set([...bundle.matchAll(/(?<= = )require\("(node:[a-z_/]+)"\)/g)].map(([, name]) => name ?? ''));
  const shared = [...names].map((name) => ({ name, as: `builtin_${name.replaceAll(/\W/g, '_')}` }));
  const text = shared.reduce((before, { name, as }) => before.replaceAll(` = require("${name}")`, ` = ${as}`), bundle);
  return [...shared.map(({ name, as }) => `var ${as} = require("${name}");`), text].join('\n');
}

/** A default or namespace import copies a module's members at once, which would load it: refuse it here. */
const refuseEagerImports: Plugin = {
  name: 'refuse-eager-imports',
  setup(build) {
    build.onLoad({ filter: /src\/.*\.ts$/ }, ({ path }) => {
      const eager = /^import (?:\w+|\* as \w+)(?:, .*)? from '(node:[a-z_]+)'/gm;
      const found = [...readFileSync(path, 'utf8').matchAll(eager)].find(([, name]) =>
        LAZY_MODULES.includes(name ?? ''),
      );
      if (found === undefined) return null;
      return { errors: [{ text: `${path}: import names from '${found[1]}', not the whole module` }] };
    });
  },
};

const LOADS_PART = /createRequire\(import\.meta\.url\)\('([^']+)'\)/g;

/** `createRequire(import.meta.url)('./x.ts')` in the sources becomes `loadPart('x')`. */
const markParts: Plugin = {
  name: 'mark-parts',
  setup(build) {
    build.onLoad({ filter: /src\/.*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('createRequire')) return null;
      const loaded = [...text.matchAll(LOADS_PART)].map(([, file]) => file ?? '');
      const missing = loaded.find((file) => !ALL_PARTS.some((part) => partName(part) === partName(file)));
      if (missing !== undefined) return { errors: [{ text: `${path}: '${missing}' is loaded, and no part` }] };
      const contents = text
        .replace(/^import \{ createRequire \} from 'node:module';$/m, '')
        .replaceAll(LOADS_PART, (_, file) => `loadPart('${partName(file)}')`);
      return { contents, loader: 'ts' };
    });
  },
};

function partName(file: string): string {
  return basename(file).replace(/\.[jt]s$/, '');
}

interface Part {
  readonly name: string;
  readonly text: string;
}

/** Parts as functions of an object's text. They hand each other what they share by name, once, when they are loaded. */
export function joinParts(parts: readonly Part[]): string {
  const functions = parts.map(({ name, text }) => {
    const linked = text
      .replaceAll(/^import \{([^}]*)\} from "\.\/([^"]+)\.js";$/gm, (_, names, other) => {
        return `var {${names.replaceAll(' as ', ': ')}} = loadPart("${other}");`;
      })
      .replaceAll(/^import "\.\/([^"]+)\.js";$/gm, 'loadPart("$1");')
      .replaceAll(/^export \{([^}]*)\};$/gm, (_, names) => {
        return `part.exports = {${names.replaceAll(/([\w$]+) as ([\w$]+)/g, '$2: $1')}};`;
      });
    const { code } = transformSync(linked, { format: 'cjs', target: 'node24', minifySyntax: true });
    return `${JSON.stringify(name)}: function (part, loadPart) {\n${code}\n}`;
  });
  return `{${functions.join(',\n')}}`;
}

/** The script that runs its part `main`, and takes the others' parts from the script `operate.cjs` beside it. */
export function firstScript(parts: readonly Part[]): string {
  return `var parts = ${joinParts(parts)}, loaded = {};
function loadPart(name) {
  var part = loaded[name];
  if (part === undefined) {
    if (parts[name] === undefined) Object.assign(parts, require("./operate.cjs"));
    part = loaded[name] = { exports: {} };
    parts[name](part, loadPart);
  }
  return part.exports;
}
loadPart("main");`;
}

/** The names of all parts that some parts need to be loaded with them, themselves among them. */
function partsNeededBy(files: readonly string[], { outputs }: Metafile): ReadonlySet<string> {
  const needed = new Set<string>();
  const add = (file: string): void => {
    if (needed.has(partName(file))) return;
    needed.add(partName(file));
    for (const { path, external } of outputs[file]?.imports ?? []) if (external !== true) add(path);
  };
  const entries = Object.keys(outputs).filter((file) => files.includes(outputs[file]?.entryPoint ?? ''));
  for (const file of entries) add(file);
  return needed;
}

function writeScript(file: string, text: string): void {
  const whole = requireOnce(requireLazily(text));
  const { code } = transformSync(whole, { minify: true, format: 'cjs', target: 'node24', legalComments: 'none' });
  writeAtomically(file, code);
  console.log(`${file}: ${statSync(file).size} bytes`);
}

async function bundle(directory: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(repoDir, 'package.json'), 'utf8'));
  const result = await build({
    absWorkingDir: repoDir,
    entryPoints: ALL_PARTS.map((file) => ({ in: file, out: partName(file) })),
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    outdir: '/',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    treeShaking: true,
    minifySyntax: true,
    minifyIdentifiers: true,
    // Else valibot's pattern of emoji is rewritten so that it is made at each start, and that nobody can tell that it is not used.
    supported: { 'regexp-unicode-property-escapes': true },
    define: { LIFEBOOT_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
    plugins: [refuseEagerImports, markParts],
  });
  const parts = result.outputFiles.map(({ path, text }) => ({ name: partName(path), text }));
  const first = partsNeededBy(PARTS.lifeboot, result.metafile);
  mkdirSync(directory, { recursive: true });
  writeScript(join(directory, 'lifeboot.cjs'), firstScript(parts.filter(({ name }) => first.has(name))));
  const others = parts.filter(({ name }) => !first.has(name));
  writeScript(join(directory, 'operate.cjs'), `module.exports = ${joinParts(others)};`);
}

if (import.meta.main) {
  const [directory = distDir] = process.argv.slice(2);
  await bundle(directory);
}
