import { exportModel } from '../../../models/load/export';
import { TINY_GPT2, TINY_LLAMA, tinyModel } from '../../../models/gguf/testing/tinyModel';
import { loadModel } from '../../../models/load/load';
import { loadTokenizer } from '../../../models/tokenizer/tokenizer';
import { parseSafetensors } from '../../../formats/safetensors/read';
import { writeSafetensors } from '../../../formats/safetensors/write';
import { breakBytes } from '../breakBytes';
import { breakJson } from '../breakJson';
import { memoryFiles } from '../memoryFiles';
import { breakFolder, packed, unpacked, type Folder } from '../packedFolder';
import type { Below } from '../../mutations';
import { expectFiniteWeights } from '../finiteWeights';
import type { FuzzReader, Prepared } from '../reader';
import { jsonBytes } from '../anyJson';
import { withHeader } from './safetensors';

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

async function read(bytes: Uint8Array): Promise<void> {
  const folder = unpacked(bytes);
  if (!folder) return;
  const model = await loadModel(memoryFiles(folder));
  await expectFiniteWeights(model);
  await loadTokenizer(model.assets);
}

/** Returns the folder with its weights in two shards and an index. */
function sharded(folder: Folder): Folder {
  const { tensors } = parseSafetensors(folder.get(WEIGHTS)!);
  const named = [...tensors].map(([name, tensor]) => ({ name, ...tensor }));
  const half = Math.ceil(named.length / 2);
  const shards = [named.slice(0, half), named.slice(half)];
  const file = (i: number) => `model-0000${i + 1}-of-00002.safetensors`;
  const map = Object.fromEntries(shards.flatMap((shard, i) => shard.map(({ name }) => [name, file(i)])));
  const rest = [...folder].filter(([name]) => name !== WEIGHTS);
  return new Map([
    ...rest,
    [INDEX, jsonBytes({ metadata: { total_size: 1 }, weight_map: map })],
    ...shards.map((shard, i) => [file(i), writeSafetensors(shard, {})] as const),
  ]);
}

/** Breaks JSON files as JSON, and of weights mostly the header. */
function brokenPart(name: string, bytes: Uint8Array, below: Below): Uint8Array {
  if (name.endsWith('.json')) return breakJson(bytes, below);
  if (below(3) === 0) return breakBytes(bytes, below);
  return withHeader(bytes, (header) => breakJson(header, below));
}

async function prepare(): Promise<Prepared> {
  const folders: Folder[] = [];
  for (const config of [TINY_GPT2, TINY_LLAMA]) {
    const folder = await exportModel(tinyModel(config));
    folders.push(folder, sharded(folder));
  }
  return {
    seeds: folders.map(packed),
    read,
    broken: (below) =>
      breakFolder(folders[below(folders.length)], below, (name, bytes) => brokenPart(name, bytes, below)),
  };
}

/** The reader of models in hub layout. */
const model: FuzzReader = {
  name: 'model',
  reads: 'folders in hub layout: config.json, weights in one file or in shards with an index, tokenizer',
  cases: 1500,
  memory: { factor: 8, base: 256 << 10 },
  refusals: ['bad-file', 'unsupported', 'limit', 'not-finite'],
  prepare,
};
export default model;
