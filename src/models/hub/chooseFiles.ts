import { LabError } from '../../base/errors';
import { badIndex, parseWeightMap, WEIGHTS_FORMATS, type WeightsFormat } from '../load/weightsFormats';
import type { HubFile } from './types';

const BESIDE = ['tokenizer_config.json', 'preprocessor_config.json', 'generation_config.json'];
/** What a tokenizer is made from where no tokenizer.json was written. */
const VOCABULARY = ['vocab.json', 'merges.txt', 'added_tokens.json'];
/** More shards than any model on the hub has. */
const MAX_SHARDS = 2000;

type Files = ReadonlyMap<string, HubFile>;

/**
 * The files of a repository the lab needs, weights in one form: safetensors before torch's, one file before shards.
 * @param readIndex content of the shards' index, asked for only where there is no single file
 * @throws LabError unsupported where config.json or weights are missing, bad-file for an index that names what is not there
 */
export async function chooseFiles(
  id: string,
  files: Files,
  readIndex: (index: HubFile) => Promise<Uint8Array>,
): Promise<HubFile[]> {
  const config = files.get('config.json');
  if (!config) throw unsupported(`${id} has no config.json, so the lab cannot tell its architecture.`);
  const weights = await chooseWeights(id, files, readIndex);
  const tokenizer = files.has('tokenizer.json') ? ['tokenizer.json'] : VOCABULARY;
  const beside = [...tokenizer, ...BESIDE].map((name) => files.get(name));
  return [config, ...beside.filter((file) => file !== undefined), ...weights];
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
    throw badIndex(format.index, `it names ${names.length} files`);
  return names.map((name) => {
    const file = files.get(name);
    if (!file) throw badIndex(format.index, `it names ${name}, which is not there`);
    return file;
  });
}

function unsupported(message: string): LabError {
  return new LabError(
    'unsupported',
    message,
    'Choose a model saved by Hugging Face transformers: config.json, model.safetensors, tokenizer.json.',
  );
}
