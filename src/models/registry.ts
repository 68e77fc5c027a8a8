import { LabError } from '../base/errors';
import { shown } from '../base/shown';
import type { Architecture } from './architecture';

const FILES = import.meta.glob<Architecture>(['./architectures/*.ts', '!./architectures/*.test.ts'], {
  import: 'default',
  eager: true,
});

/** Every architecture of the project; a file dropped into `architectures/` is one more. */
export const architectures: readonly Architecture[] = Object.values(FILES);

/**
 * The architecture of a checkpoint, by `model_type` of its config.json.
 * @throws LabError unsupported, listing the known types
 */
export function architectureFor(config: Readonly<Record<string, unknown>>): Architecture {
  const type = config.model_type;
  const found = architectures.find((a) => typeof type === 'string' && a.modelTypes.includes(type));
  if (found) return found;
  const known = architectures.flatMap((a) => a.modelTypes).sort();
  throw new LabError(
    'unsupported',
    `The model type ${shown(type ?? null)} of config.json is not known.`,
    `Choose a model of one of these types: ${known.join(', ')}.`,
  );
}
