/**
 * `doctor` on rescue: whether an initramfs that is made now could be reached when nothing boots.
 *
 * Reads only.
 */
import { examineSecret } from '../core/operate/examine-files.ts';
import { type Finding, fail, ok, warn } from '../core/operate/finding.ts';
import { rescueProblems } from '../core/rescue/describe-rescue.ts';
import type { LoadedConfig, Ports } from './ports.ts';

const HOST_KEY = '/etc/lifeboot/rescue_host_key';
const OWN_KEYS = '/etc/lifeboot/rescue_authorized_keys';
const USUAL_KEYS = '/root/.ssh/authorized_keys';

export function examineRescue(ports: Ports, { config }: LoadedConfig): readonly Finding[] {
  if (config.rescue === null) return [];
  const problems = rescueProblems(config, ports.rescue.networkPorts());
  const key = ports.survey.file(HOST_KEY);
  const mayLogIn = [OWN_KEYS, USUAL_KEYS].find((path) => (ports.survey.file(path)?.sizeBytes ?? 0) > 0);
  return [
    ...problems.map((problem) => warn('rescue', problem, "see 'lifeboot rescue status' and docs/rescue.md")),
    ...(key === null
      ? [
          warn(
            'rescue',
            `'${HOST_KEY}' is missing`,
            'making an initramfs makes it: update-initramfs -u, or mkinitramfs',
          ),
        ]
      : examineSecret('rescue', HOST_KEY, key, 'make the initramfs again')),
    mayLogIn === undefined
      ? fail(
          'rescue',
          `nobody could log in: neither '${OWN_KEYS}' nor '${USUAL_KEYS}' has a key`,
          'put public keys there',
        )
      : ok('rescue', `'${mayLogIn}' says who may log in`),
  ];
}
