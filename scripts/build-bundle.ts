/**
 * Bundles the program to one minified CommonJS file: `build-bundle.ts OUTPUT`.
 *
 * Node modules that most runs do not need are loaded at their first use: each costs milliseconds at start (seconds, all
 * together, in an emulated guest), and `lifeboot plan` needs none of them. The same holds for our own code: what the sources
 * load by `createRequire` is a part, a function of the bundle that V8 does not look into before it is called.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, type Plugin, transformSync } from 'esbuild';
import { writeAtomically } from './files.ts';
import { repoDir } from './node-package.ts';

/** The program, then what it loads by `createRequire`. */
const PARTS = [
  'src/main.ts',
  'src/cli/other-verbs.ts',
  'src/platform/operator-adapters.ts',
  'src/platform/root/root-adapters.ts',
];
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
      const missing = loaded.find((file) => !PARTS.some((part) => partName(part) === partName(file)));
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

/** The parts as functions of one file, which runs the first of them. */
export function joinParts(parts: readonly { readonly name: string; readonly text: string }[]): string {
  const functions = parts.map(({ name, text }) => {
    const { code } = transformSync(text, { format: 'cjs', target: 'node24', minifySyntax: true });
    const body = code.replaceAll(/require\("\.\/([^"]+)\.js"\)/g, (_, other) => `loadPart("${other}")`);
    return `${JSON.stringify(name)}: function (module, exports) {\n${body}\n}`;
  });
  return `var parts = {${functions.join(',\n')}}, loaded = {};
function loadPart(name) {
  var part = loaded[name];
  if (part === undefined) {
    part = loaded[name] = { exports: {} };
    parts[name](part, part.exports);
  }
  return part.exports;
}
loadPart(${JSON.stringify(parts[0]?.name)});`;
}

async function bundle(output: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(repoDir, 'package.json'), 'utf8'));
  const result = await build({
    entryPoints: PARTS.map((file) => ({ in: join(repoDir, file), out: partName(file) })),
    bundle: true,
    splitting: true,
    write: false,
    outdir: '/',
    platform: 'node',
    format: 'esm',
    target: 'node24',
    treeShaking: true,
    minifySyntax: true,
    define: { LIFEBOOT_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
    plugins: [refuseEagerImports, markParts],
  });
  const parts = result.outputFiles.map(({ path, text }) => ({ name: partName(path), text }));
  const text = requireOnce(requireLazily(joinParts(parts)));
  writeAtomically(output, transformSync(text, { minify: true, target: 'node24', legalComments: 'none' }).code);
  console.log(`${output}: ${statSync(output).size} bytes`);
}

if (import.meta.main) {
  const [output = join(repoDir, 'dist/lifeboot.cjs')] = process.argv.slice(2);
  await bundle(output);
}
