/**
 * `doctor` on keys, units and the initramfs.
 *
 * Pure: from facts to findings.
 */
import type { Config, TunnelConfig } from '../config/config.ts';
import { BootError } from '../errors.ts';
import type { Mode } from '../slot.ts';
import { checkTunnel } from '../ssh/ssh-command.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export interface FileFact {
  readonly mode: number;
  readonly uid: number;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedMs: number;
}

export interface KeyFacts {
  readonly tunnel: TunnelConfig | null;
  /** null: no such file. */
  readonly files: Readonly<Record<string, FileFact | null>>;
}

export function examineTunnel({ tunnel, files }: KeyFacts): readonly Finding[] {
  if (tunnel === null) {
    return [fail('tunnel', 'there is no [tunnel]', 'without one no boot can be proven; add host, user and forward')];
  }
  return [
    ...examineSettings(tunnel),
    ...examineSecret('tunnel key', tunnel.identity, files[tunnel.identity] ?? null, 'make it with ssh-keygen'),
    ...examineSecret(
      'self-check key',
      tunnel.selfcheckKey,
      files[tunnel.selfcheckKey] ?? null,
      "run 'lifeboot tunnel setup'",
    ),
    ...examinePublic(
      'known hosts',
      tunnel.knownHosts,
      files[tunnel.knownHosts] ?? null,
      'put the host key of the server there',
    ),
    ...(tunnel.certificate === null
      ? []
      : examinePublic(
          'certificate',
          tunnel.certificate,
          files[tunnel.certificate] ?? null,
          'put it there, or drop it',
        )),
    ok(
      'server',
      `on ${tunnel.host}, sshd_config should say: ClientAliveInterval 30, ClientAliveCountMax 3, StreamLocalBindUnlink yes`,
    ),
  ];
}

/** What the tunnel would refuse when it starts. */
function examineSettings(tunnel: TunnelConfig): readonly Finding[] {
  try {
    checkTunnel(tunnel);
    return [];
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    return [fail('tunnel', error.message, error.hint ?? 'correct it: ssh would not be started')];
  }
}

/** A private key: there, not empty, and for its owner alone. */
export function examineSecret(
  subject: string,
  path: string,
  file: FileFact | null,
  advice: string,
): readonly Finding[] {
  if (file === null) return [fail(subject, `'${path}' is missing`, advice)];
  if (file.sizeBytes === 0) return [fail(subject, `'${path}' is empty`, advice)];
  if ((file.mode & 0o077) !== 0) {
    return [fail(subject, `'${path}' has mode ${octal(file)}, and ssh refuses it`, `chmod 600 '${path}'`)];
  }
  if (file.uid !== 0) return [warn(subject, `'${path}' belongs to user ${file.uid}`, `chown root '${path}'`)];
  return [ok(subject, `'${path}' is there, mode ${octal(file)}`)];
}

function examinePublic(subject: string, path: string, file: FileFact | null, advice: string): readonly Finding[] {
  if (file === null) return [fail(subject, `'${path}' is missing`, advice)];
  if (file.sizeBytes === 0) return [fail(subject, `'${path}' is empty`, advice)];
  if ((file.mode & 0o022) !== 0) return [fail(subject, `'${path}' may be written by others`, `chmod go-w '${path}'`)];
  return [ok(subject, `'${path}' is there`)];
}

/** Whose images are taken. @param file null: no such file */
export function examineSigners({ signers, unsigned }: Config['install'], file: FileFact | null): readonly Finding[] {
  return [
    ...(unsigned ? [warn('install', 'images of anybody are taken', "sign them, and drop '[install] unsigned'")] : []),
    ...(file === null
      ? [ok('install', `no signed image is taken: there is no '${signers}'`)]
      : examinePublic('install', signers, file, 'name those who may sign images, see ssh-keygen(1)')),
  ];
}

function octal({ mode }: FileFact): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

/** Units of a node, and what is missing without them. */
export const UNITS: Readonly<Record<string, string>> = {
  'lifeboot-tunnel.service': 'the reverse tunnel does not start',
  'lifeboot-confirm.timer': 'no boot is ever proven',
  'lifeboot-tend.timer': 'a node that loses its tunnel later is left alone',
  'lifeboot-repair-check.timer': 'a slot that failed is not examined by itself',
  'lifeboot-cleanup.timer': 'kept snapshots are never deleted by themselves',
  'lifeboot-shutdown.service': 'a clean reboot before the verdict costs an attempt',
  'lifeboot-setup.service': 'the self-check key is not made at the first boot',
};

/** @param state `enabled`, or in a word what it is instead */
export function examineUnit(name: string, state: string): Finding {
  if (state === 'enabled') return ok('units', `${name} is enabled`);
  const advice = state === 'masked' ? `systemctl unmask '${name}'` : `systemctl enable '${name}'`;
  return fail('units', `${name} is ${state}: ${UNITS[name] ?? 'it is needed'}`, advice);
}

export interface ImageFacts {
  /** Where the distribution keeps the running kernel's image; null: this is none of its boots. */
  readonly image: { readonly path: string; readonly file: FileFact } | null;
  /** lifeboot booted this system, so some image of its is in use. */
  readonly isBooted: boolean;
  /** The image that last proved itself is kept beside it. */
  readonly keptPath: string | null;
  /** Whether the image is the one that started this system; null: that is not known. */
  readonly isRunning: boolean | null;
  /** Files that are newer than the image that carries copies of them. */
  readonly newer: readonly string[];
}

const REMAKE = 'update-initramfs -u';

export function examineImage({ image, isBooted, keptPath, isRunning, newer }: ImageFacts): readonly Finding[] {
  if (image === null && isBooted) return [ok('initramfs', 'this system was started by an image outside of /boot')];
  if (image === null) {
    return [
      warn('initramfs', 'no image of this kernel was found in /boot', 'standalone images are made by mkinitramfs'),
    ];
  }
  const { path, file } = image;
  return [
    ok('initramfs', `'${path}' is there`),
    ...((file.mode & 0o077) === 0
      ? []
      : [fail('initramfs', `'${path}' holds keys and can be read by others`, `chmod 600 '${path}'`)]),
    ...(newer.length === 0
      ? []
      : [warn('initramfs', `older than ${newer.map((name) => `'${name}'`).join(', ')}`, REMAKE)]),
    ...(isRunning === false
      ? [
          warn(
            'initramfs',
            `'${path}' was not booted yet`,
            keptPath === null
              ? 'reboot when someone is near'
              : `'${keptPath}' is kept for the case that it does not boot`,
          ),
        ]
      : []),
    keptPath === null
      ? warn('initramfs', 'no image is kept that proved itself', `the next ${REMAKE} keeps the present one`)
      : ok('initramfs', `'${keptPath}' is the one that last proved itself, and no trial replaces it`),
  ];
}

/** @param version of the lifeboot that booted this system; null: it is older than that is told */
export function examineStarter(mode: Mode, version: string | null, installed: string): readonly Finding[] {
  if (version === installed || mode === 'fallback') return [];
  const found = `lifeboot ${version ?? 'of an older release'} started this system, and ${installed} is installed`;
  return [warn('initramfs', found, `${REMAKE}, and reboot: the old one reads what the new one writes, and knows less`)];
}

export interface CopyFact {
  readonly path: string;
  /** The copy on the data partition: the same, another content, or none. */
  readonly copy: 'same' | 'differs' | 'missing';
}

export function examineCopies(copies: readonly CopyFact[]): readonly Finding[] {
  const named = (copy: CopyFact['copy']) => copies.filter((each) => each.copy === copy).map(({ path }) => `'${path}'`);
  const [differing, missing] = [named('differs'), named('missing')];
  const advice = 'the next proof renews the copies, which recovery and clean boots live on';
  return [
    ...(differing.length === 0
      ? []
      : [warn('identity', `other content on the data partition: ${differing.join(', ')}`, advice)]),
    ...(missing.length === 0 ? [] : [warn('identity', `not on the data partition: ${missing.join(', ')}`, advice)]),
    ...(copies.length > 0 && differing.length + missing.length === 0
      ? [ok('identity', `all ${copies.length} files have their copy on the data partition`)]
      : []),
  ];
}
