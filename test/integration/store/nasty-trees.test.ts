/** Trees that are known to be hard: through an overlay into each form of layer, and flattened, beside a plain copy. */
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerForm } from '../../../src/core/store/deployment.ts';
import { spec } from '../../support/spec.ts';
import { run } from './layer-world.ts';
import { type Change, survives } from './survives.ts';

const named = (dir: string, name: string): Buffer =>
  Buffer.concat([Buffer.from(`${dir}/`), Buffer.from(name, 'latin1')]);

const inEachForm =
  (changes: readonly Change[], forms: readonly LayerForm[] = ['erofs', 'sqfs', 'dir', 'subvol']) =>
  async () => {
    for (const form of forms) await survives(form, changes);
  };

const specialFiles: Change = (root) => {
  run('mkfifo', '-m', '0611', join(root, 'fifo'));
  run('mknod', join(root, 'char'), 'c', '4095', '1048575');
  run('mknod', join(root, 'block'), 'b', '7', '300');
  run('python3', '-c', 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])', join(root, 'socket'));
  linkSync(join(root, 'fifo'), join(root, 'fifo again'));
  linkSync(join(root, 'char'), join(root, 'a/char again'));
};

const names: Change = (root) => {
  for (const name of ['\xff\xfe\x80', ' ', '\n', '\\012', '"\'$`*?[', '-rf', '\x01\x1b[31m', 'n'.repeat(254)]) {
    writeFileSync(named(root, name), name);
    mkdirSync(named(root, `${name.slice(0, 250)}dir`));
    symlinkSync(named('..', name), named(`${root}/a`, `${name.slice(0, 250)}link`));
  }
  symlinkSync('t'.repeat(4000), join(root, 'long link'));
};

const attributes: Change = (root) => {
  run('setfattr', '-n', 'user.large', '-v', 'x'.repeat(3000), join(root, 'a/d'));
  run('setfattr', '-n', 'trusted.binary', '-v', '0x00ff0a', join(root, 'a'));
  run('setfattr', '-n', 'security.other', '-v', '0x00', join(root, 'b/d'));
  run('setcap', 'cap_net_admin,cap_net_raw+eip', join(root, 'b/e'));
};

const accessLists: Change = (root) => {
  // Overlay refuses this for what still lies in an image (Linux 6.18): any other change brings it up first.
  run('chmod', '0750', join(root, 'c/d'), join(root, 'c/a'));
  run('setfacl', '-m', 'u:1234:rwx,g:99:---', join(root, 'c/d'));
  run('setfacl', '-m', 'd:u:1234:rx', join(root, 'c/a'));
};

const otherKinds: readonly Change[] = [
  (root) => {
    rmSync(join(root, 'a'), { recursive: true });
    writeFileSync(join(root, 'a'), 'a file now');
    rmSync(join(root, 'e'));
    mkdirSync(join(root, 'e/deep/deeper'), { recursive: true });
    rmSync(join(root, 'b'), { recursive: true });
    symlinkSync('c', join(root, 'b'));
    rmSync(join(root, 'c'), { recursive: true });
    mkdirSync(join(root, 'c'));
  },
  (root) => {
    rmSync(join(root, 'a'));
    mkdirSync(join(root, 'a/a'), { recursive: true });
    rmSync(join(root, 'e/deep'), { recursive: true });
    writeFileSync(join(root, 'e/deep'), 'a file');
    rmSync(join(root, 'b'));
    mkdirSync(join(root, 'b'));
    writeFileSync(join(root, 'c/d'), 'came back');
  },
];

const renames: readonly Change[] = [
  (root) => {
    renameSync(join(root, 'a'), join(root, 'moved'));
    renameSync(join(root, 'b/a'), join(root, 'moved/into'));
    renameSync(join(root, 'c'), named(root, '\xff moved'));
    writeFileSync(join(root, 'moved/a/new'), 'new');
    rmSync(join(root, 'moved/a/b/d'));
  },
  (root) => {
    renameSync(join(root, 'moved/a'), join(root, 'out'));
    renameSync(join(root, 'moved'), join(root, 'a'));
    writeFileSync(join(root, 'out/newer'), 'newer');
    linkSync(join(root, 'out/newer'), join(root, 'b/linked from outside'));
  },
];

const manyFiles: Change = (root) => {
  for (let dir = 0; dir < 20; dir += 1) {
    mkdirSync(join(root, `many${dir}`));
    for (let file = 0; file < 150; file += 1) writeFileSync(join(root, `many${dir}/${file}`), `${dir} ${file}`);
  }
};

const oldTimes: Change = (root) => utimesSync(join(root, 'f'), 1, 1.5);

spec('sealLayer() and flattenLayers()', {
  'keep devices with large numbers, FIFOs, sockets and their links': inEachForm([specialFiles]),
  'keep names of any bytes': inEachForm([names]),
  'keep attributes and capabilities': inEachForm([attributes]),
  'keep what a file, a directory or a link has become': inEachForm(otherKinds),
  'keep renamed directories, renamed again and linked into': inEachForm(renames),
  'keep many small files': inEachForm([manyFiles]),
  'keep times in the first second of 1970': inEachForm([oldTimes]),
  'keep access control lists, as a directory where squashfs would lose them': async () => {
    for (const form of ['erofs', 'dir'] as const) await survives(form, [accessLists]);
    await survives('sqfs', [accessLists], 'dir');
  },
  'keep names of 255 bytes, as a directory where mkfs.erofs would cut them': async () => {
    const longest: Change = (root) => {
      writeFileSync(join(root, 'n'.repeat(255)), 'longest');
      writeFileSync(join(root, 'n'.repeat(254)), 'one shorter');
    };
    for (const form of ['sqfs', 'dir'] as const) await survives(form, [longest]);
    await survives('erofs', [longest], 'dir');
  },
});
