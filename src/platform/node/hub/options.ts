import { join, resolve } from 'node:path';
import { hubOrigin } from '../../../models/hub/origin';
import type { Hub } from '../../../models/hub/types';
import { folderStore } from '../downloadStore';
import { LabError } from '../../../base/errors';
import { projectFolder } from '../paths';

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the folder of downloaded models: BITCURVE_HUB_CACHE or, by default, .cache/hub in the project. */
export function hubFolder(environment: Environment = process.env): string {
  const { BITCURVE_HUB_CACHE: folder } = environment;
  return folder ? resolve(folder) : join(projectFolder(), '.cache', 'hub');
}

/** Returns the hub of the command line. @throws LabError bad-plan for an invalid origin */
export function commandHub(environment: Environment = process.env): Hub {
  return {
    origin: originOf(environment),
    store: folderStore(hubFolder(environment)),
    token: () => environment.HF_TOKEN || undefined,
  };
}

/**
 * Returns the origin of the hub: the first entry of BITCURVE_HUB, which may also list the hosts it redirects to, or
 * HF_ENDPOINT, the variable of Hugging Face's tools, or the default.
 * @throws LabError bad-plan for an invalid origin
 */
export function originOf(environment: Environment): string {
  for (const name of ['BITCURVE_HUB', 'HF_ENDPOINT']) {
    const value = environment[name]?.split(',')[0].trim();
    if (value) return checkedOrigin(name, value);
  }
  return hubOrigin();
}

function checkedOrigin(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const plain = url && !url.username && !url.search && !url.hash && url.pathname === '/';
  if (plain && /^https?:$/.test(url.protocol)) return url.origin;
  throw new LabError(
    'bad-plan',
    `The environment variable ${name} is "${value.slice(0, 80)}", which is not the origin of a hub.`,
    'Set it to an origin such as https://huggingface.co, or unset it.',
  );
}
