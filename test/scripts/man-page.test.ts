/** The man page: what its Markdown says, in man(7), with nothing that groff complains of. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatManPage } from '../../scripts/man-page.ts';
import { repoDir } from '../../scripts/node-package.ts';
import { spec } from '../support/spec.ts';

const page = join(repoDir, 'docs/lifeboot.8');

spec('formatManPage()', {
  'formats headings, definitions, code and tables': () => {
    const markdown = [
      '# X(8)',
      '## VERBS',
      '`go` [*SLOT*]\n: Goes - to\n  *SLOT*.',
      '.hidden and \\',
      '    lifeboot --x\n    .y',
      '| code | meaning |\n| --- | --- |\n| 0 | done |',
    ].join('\n\n');
    assert.equal(
      formatManPage(markdown),
      [
        '.TH X 8 "" lifeboot "System Manager\'s Manual"',
        '.SH VERBS',
        '.TP',
        '\\fBgo\\fR [\\fISLOT\\fR]',
        'Goes \\- to \\fISLOT\\fR.',
        '.PP',
        '\\&.hidden and \\e',
        '.PP',
        '.RS 4',
        '.nf',
        'lifeboot \\-\\-x',
        '\\&.y',
        '.fi',
        '.RE',
        '.TP',
        '0',
        'done',
        '',
      ].join('\n'),
    );
  },
  'has made docs/lifeboot.8 (node scripts/man-page.ts makes it anew)': () => {
    assert.equal(readFileSync(page, 'utf8'), formatManPage(readFileSync(`${page}.md`, 'utf8')));
  },
  'makes a page that groff reads without a complaint': () => {
    const groff = spawnSync('groff', ['-man', '-Tutf8', '-ww', page], { encoding: 'utf8' });
    if (groff.error !== undefined) return console.log('groff is not installed: not looked at');
    assert.deepEqual([groff.status, groff.stderr], [0, '']);
    assert.match(groff.stdout, /LIFEBOOT\(8\)/);
  },
});
