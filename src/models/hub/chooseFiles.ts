import { LabError } from '../../base/errors';
import { badIndex, parseWeightMap, WEIGHTS_FORMATS, type WeightsFormat } from '../load/weightsFormats';
import type { HubFile } from './types';

const OPTIONAL_FILES = ['tokenizer_config.json', 'preprocessor_config.json', 'generation_config.json'];
/** Files from which a tokenizer is made if there is no tokenizer.json. */
const VOCABULARY = ['vocab.json', 'merges.txt', 'added_tokens.json'];
/** Maximum number of shards, more than any model on the hub has. */
const MAX_SHARDS = 2000;

type Files = ReadonlyMap<string, HubFile>;

/**
 * Chooses the files of a repository that the lab needs. Weights are chosen in one format: safetensors before PyTorch, a
 * single file before shards.
 * @param readIndex reads the index of shards; called only if there is no single file
 * @throws LabError unsupported if config.json or weights are missing; bad-file for an index that names a missing file
 */
export async function chooseFiles(
  id: string,
  files: Files,
  readIndex: (index: HubFile) => Promise<Uint8Array>,
): Promise<HubFile[]> {
  const config = files.get('config.json');
  if (!config) throw unsupported(`${id} has no config.json, so its architecture is unknown.`);
  const weights = await chooseWeights(id, files, readIndex);
  const tokenizer = files.has('tokenizer.json') ? ['tokenizer.json'] : VOCABULARY;
  const others = [...tokenizer, ...OPTIONAL_FILES].map((name) => files.get(name));
  return [config, ...others.filter((file) => file !== undefined), ...weights];
}

async function chooseWeights(
  id: string,
  files: Files,
  readIndex: (index: HubFile) => Promise<Uint8Array>,
): Promise<HubFile[]> {
  for (const format of WEIGHTS_FORMATS) {
    const whole = files.get(format.single);
    if (whole) return [whole];
    const index = files.get(format.index);
    if (index) return [index, ...shardsOf(format, await readIndex(index), files)];
  }
  const singles = WEIGHTS_FORMATS.map(({ single }) => single);
  throw unsupported(`${id} has neither ${singles.join(' nor ')}, nor shards of one.`);
}

function shardsOf(format: WeightsFormat, index: Uint8Array, files: Files): HubFile[] {
  const names = [...new Set(parseWeightMap(format, index).values())].sort();
  if (names.length === 0 || names.length > MAX_SHARDS)
    throw badIndex(format.index, `it names ${names.length} files, but 1 to ${MAX_SHARDS} are supported`);
  return names.map((name) => {
    const file = files.get(name);
    if (!file) throw badIndex(format.index, `it names ${name}, which does not exist`);
    return file;
  });
}

function unsupported(message: string): LabError {
  return new LabError(
    'unsupported',
    message,
    'Choose a model with the files of Hugging Face transformers: config.json, model.safetensors, tokenizer.json.',
  );
}
