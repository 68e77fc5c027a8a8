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

/** An artefact of a tiny model, its tensors coded by the codec’s reference. */
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

/** Opens the file and looks at all of it; decoding is the codecs’ affair. */
async function read(bytes: Uint8Array): Promise<void> {
  const artefact = await Artefact.open(bytes);
  for (const tensor of artefact.shape.tensors) {
    const assigned = artefact.codecOf(tensor);
    if (!assigned) artefact.rest(tensor);
    for (const part of (assigned && artefact.stored(tensor, assigned))?.parts.values() ?? [])
      if (part.length > bytes.length) throw new Error('a part larger than the file');
  }
}

/** The same file with other metadata of ours: JSON with ' and " exchanged. */
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
  const wanted = CODECS.flatMap((codec) => [TINY_GPT2, TINY_LLAMA].map((config) => ({ codec, config })));
  const seeds = await Promise.all(wanted.map(({ codec, config }) => artefactOf(config, codec)));
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

/** Artefacts: opened, and every tensor’s parts found and measured. */
const artefact: FuzzReader = {
  name: 'artefact',
  reads: 'an artefact: its metadata, its codecs, and where each tensor’s parts lie',
  cases: 3000,
  memory: { factor: 4, base: 256 << 10 },
  prepare,
};
export default artefact;
