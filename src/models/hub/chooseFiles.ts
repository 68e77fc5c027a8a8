import { LabError } from '../../base/errors';
import { parseJsonObject } from '../loadJson';
import type { HubFile } from './types';

/** A way the hub keeps weights: one file, or an index and the shards it names. In the order they are looked for. */
const FORMS = [
  {
    single: 'model.safetensors',
    index: 'model.safetensors.index.json',
    shard: /^[\w.-]+\.safetensors$/,
  },
  {
    single: 'pytorch_model.bin',
    index: 'pytorch_model.bin.index.json',
    shard: /^[\w.-]+\.bin$/,
  },
];
const BESIDE = ['tokenizer_config.json', 'preprocessor_config.json', 'generation_config.json'];
/** What a tokenizer is made from where no tokenizer.json was written. */
const VOCABULARY = ['vocab.json', 'merges.txt'];
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
  for (const { single, index, shard } of FORMS) {
    const whole = files.get(single);
    if (whole) return [whole];
    const list = files.get(index);
    if (list) return [list, ...shardsOf(list.name, await readIndex(list), files, shard)];
  }
  throw unsupported(
    `${id} has neither ${FORMS.map(({ single }) => single).join(' nor ')}, nor shards of one.`,
  );
}

function shardsOf(index: string, bytes: Uint8Array, files: Files, shard: RegExp): HubFile[] {
  const map = parseJsonObject(index, bytes).weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw badIndex(index, 'it has no weight_map object');
  const names = [...new Set(Object.values(map as Record<string, unknown>))].sort();
  if (names.length === 0 || names.length > MAX_SHARDS)
    throw badIndex(index, `it names ${names.length} files`);
  return names.map((name) => {
    const file = typeof name === 'string' && shard.test(name) ? files.get(name) : undefined;
    if (!file) throw badIndex(index, `it names ${JSON.stringify(name)?.slice(0, 100)}, which is not there`);
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

function badIndex(index: string, why: string): LabError {
  return new LabError('bad-file', `${index} is not valid: ${why}.`, 'Choose another revision of the model.');
}
