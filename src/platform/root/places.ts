/**
 * Where the root stage puts things. Tests give other directories; nothing in this folder names `/run` itself.
 */
import { dirname, join } from 'node:path';

export interface RootOptions {
  /** `/run/lifeboot`. */
  readonly runDir: string;
  /** Where the new root is put together, such as `/sysroot`. */
  readonly newRoot: string;
  /** The root of the initramfs itself; default: `/`. */
  readonly ownRoot?: string;
  /** The identity copies that the image itself carries. */
  readonly imageIdentity?: string;
  /** Where kernel settings are written. */
  readonly procSys?: string;
  /** Default: the machine's, in an initramfs. */
  readonly watchdog?: string;
}

export interface Places {
  /** `/run`: what is here is moved into the new root. */
  readonly run: string;
  readonly runDir: string;
  readonly newRoot: string;
  readonly ownRoot: string;
  readonly base: string;
  /** The partition that an image lies on. */
  readonly carrier: string;
  readonly data: string;
  /** The layers, each at its number: `l/0` is the top one. */
  readonly layers: string;
  /** The memory file system of an upper that is not kept. */
  readonly memory: string;
  readonly imageIdentity: string;
  readonly procSys: string;
  readonly watchdog: string | null;
}

export function placesOf(options: RootOptions): Places {
  const { runDir, newRoot } = options;
  return {
    run: dirname(runDir),
    runDir,
    newRoot,
    ownRoot: options.ownRoot ?? '/',
    base: join(runDir, 'base'),
    carrier: join(runDir, 'carrier'),
    data: join(runDir, 'data'),
    layers: join(runDir, 'l'),
    memory: join(runDir, 'upper'),
    imageIdentity: options.imageIdentity ?? '/etc/lifeboot/identity',
    procSys: options.procSys ?? '/proc/sys',
    watchdog: options.watchdog ?? null,
  };
}
