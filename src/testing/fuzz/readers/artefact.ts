import { artefactMetadata } from '../../../artefact/layout';
import { codedShape, uniformAssignment } from '../../../artefact/assignment';
import { Artefact } from '../../../artefact/read';
import { floatsToHalves } from '../../../base/float16';
import { parseCodec } from '../../../codecs/contract/spec';
import { parseSafetensors } from '../../../formats/safetensors/read';
import { writeSafetensors, type NamedTensor } from '../../../formats/safetensors/write';
import { TINY_GPT2, TINY_LLAMA, tinyModel } from '../../../models/gguf/testing/tinyModel';
import type { Model } from '../../../models/model';
import { breakBytes } from '../breakBytes';
import { breakJson } from '../breakJson';
import type { FuzzReader, Prepared } from '../reader';
import { withHeader } from './safetensors';

const KEY = 'bitcurve';
const CODECS = ['rtn(bits=4,group=32)', 'rans(rtn(bits=3,group=32))', 'nf4', 'float16', 'tenpak-int4'];

/** Returns an artefact of a tiny model whose tensors the codec's reference has encoded. */
async function artefactOf(config: Record<string, unknown>, codec: string): Promise<Uint8Array> {
  const model: Model = { ...tinyModel(config), id: 'tiny', source: 'memory', revision: '', sha256: 'aa' };
  const recipe = { spec: parseCodec(codec), scope: 'linear', rest: 'float16' } as const;
  const assignment = await uniformAssignment(model.shape, recipe);
  const tensors: NamedTensor[] = [];
  for (const tensor of model.shape.tensors) {
    const values = await model.tensor(tensor);
    const assigned = assignment.get(tensor.name);
    if (!assigned) {
      const bytes = new Uint8Array(floatsToHalves(values).buffer);
      tensors.push({
        name: tensor.name,
        dtype: 'F16',
        shape: tensor.transposed ? tensor.matrix : tensor.shape,
        bytes,
      });
      continue;
    }
    const shape = codedShape(assigned.codec, tensor);
    const parts = assigned.codec.reference.encode(values, shape, assigned.spec.options);
    for (const { suffix, dtype, shape: full, variable } of assigned.codec.layout(
      shape,
      assigned.spec.options,
    )) {
      const bytes = parts.get(suffix);
      if (bytes)
        tensors.push({
          name: `${tensor.name}.${suffix}`,
          dtype,
          shape: variable ? [bytes.length] : full,
          bytes,
        });
    }
  }
  for (const [name, bytes] of model.assets)
    tensors.push({ name: `asset/${name}`, dtype: 'U8', shape: [bytes.length], bytes });
  return writeSafetensors(tensors, artefactMetadata(model, recipe, assignment));
}

/** Opens the file and finds all of its parts, without decoding them. */
async function read(bytes: Uint8Array): Promise<void> {
  const artefact = await Artefact.open(bytes);
  for (const tensor of artefact.shape.tensors) {
    const assigned = artefact.codecOf(tensor);
    if (!assigned) await artefact.rest(tensor);
    for (const part of (assigned && (await artefact.stored(tensor, assigned)))?.parts.values() ?? [])
      if (part.length > bytes.length) throw new Error('a part is larger than the file');
  }
}

/** Returns the file with changed `bitcurve` metadata, which is JSON with ' and " exchanged. */
function withMetadata(file: Uint8Array, change: (json: Uint8Array) => Uint8Array): Uint8Array {
  const { metadata, tensors } = parseSafetensors(file);
  const exchanged = (text: string) => text.replace(/["']/g, (sign) => (sign === '"' ? "'" : '"'));
  const json = change(new TextEncoder().encode(exchanged(metadata[KEY])));
  const text = exchanged(new TextDecoder().decode(json));
  return writeSafetensors(
    [...tensors].map(([name, tensor]) => ({ name, ...tensor })),
    { [KEY]: text },
  );
}

async function prepare(): Promise<Prepared> {
  const pairs = CODECS.flatMap((codec) => [TINY_GPT2, TINY_LLAMA].map((config) => ({ codec, config })));
  const seeds = await Promise.all(pairs.map(({ codec, config }) => artefactOf(config, codec)));
  return {
    seeds,
    read,
    broken(below) {
      const file = seeds[below(seeds.length)];
      const how = below(4);
      if (how === 0) return breakBytes(file, below);
      if (how === 1) return withHeader(file, (header) => breakJson(header, below));
      return withMetadata(file, (json) => breakJson(json, below));
    },
  };
}

/** The reader of artefacts, which opens them and finds the parts of every tensor. */
const artefact: FuzzReader = {
  name: 'artefact',
  reads: 'artefacts: the metadata, the codecs, and the locations of all parts',
  cases: 3000,
  memory: { factor: 4, base: 256 << 10 },
  prepare,
};
export default artefact;
