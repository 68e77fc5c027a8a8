import { LabError } from '../../base/errors';
import { parseJsonObject } from '../load/json';
import type { TokenizerJson } from './json';
import { withSettings } from './settings';

/**
 * Returns the tokenizer.json of a model with what its tokenizer_config.json adds.
 * @throws LabError bad-file if tokenizer.json is missing or damaged; unsupported for settings that the lab does not have
 */
export function tokenizerOf(assets: ReadonlyMap<string, Uint8Array>): TokenizerJson {
  const bytes = assets.get('tokenizer.json');
  if (!bytes)
    throw new LabError(
      'bad-file',
      'The model has no tokenizer.json.',
      'Save the fast tokenizer in the folder of the model: tokenizer.save_pretrained(folder).',
    );
  const config = assets.get('tokenizer_config.json');
  const settings = config ? parseJsonObject('tokenizer_config.json', config) : {};
  return withSettings(parseJsonObject('tokenizer.json', bytes), settings);
}
