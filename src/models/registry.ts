import { LabError } from '../base/errors';
import { shown } from '../base/shown';
import type { Architecture } from './architecture';

const FILES = import.meta.glob<Architecture>(['./architectures/*.ts', '!./architectures/*.test.ts'], {
  import: 'default',
  eager: true,
});

/** All architectures. A file in `architectures/` adds one. */
export const architectures: readonly Architecture[] = Object.values(FILES);

/**
 * Returns the architecture for the `model_type` of a config.json of transformers, or the `_class_name` of one of diffusers.
 * @throws LabError unsupported for an unknown type
 */
export function architectureFor(config: Readonly<Record<string, unknown>>): Architecture {
  const type = config.model_type ?? config._class_name;
  const found = architectures.find((a) => typeof type === 'string' && a.modelTypes.includes(type));
  if (found) return found;
  if (type === undefined) checkNoError(config);
  const known = architectures.flatMap((a) => a.modelTypes).sort();
  throw new LabError(
    'unsupported',
    `The model type ${shown(type ?? null)} in config.json is not supported.`,
    `Choose a model of one of these types: ${known.join(', ')}.`,
  );
}

/** Says so if the file is the answer of a server that refused the real one. */
function checkNoError({ error, message }: Readonly<Record<string, unknown>>): void {
  const said = [error, message].find((text) => typeof text === 'string');
  if (said === undefined) return;
  throw new LabError(
    'bad-file',
    `config.json is an error document that says ${shown(said)}.`,
    'Download the files of the model again; sign in or accept its terms if the model asks for that.',
  );
}
