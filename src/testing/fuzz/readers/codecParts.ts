import { type Parts, damaged } from '../../../codecs/contract/parts';
import { checkParts } from '../../../codecs/contract/coding';
import { CorruptData } from '../../../codecs/kit/entropyCoding/bitio';
import { formatCodecFully } from '../../../codecs/contract/spec';
import { breakFolder, packed, unpacked, type Folder } from '../packedFolder';
import type { FuzzReader, Prepared } from '../reader';
import { brokenPart, validParts, storedCodecs, type StoredCodec } from '../storedCodecs';

/** The file of a case that names its codec; it is never broken. */
const CODEC = 'codec';
const TENSOR = 'model.layers.0.mlp.up_proj.weight';

function folderOf(stored: StoredCodec): Folder {
  const about = new TextEncoder().encode(formatCodecFully(stored.spec));
  return new Map([[CODEC, about], ...validParts(stored)]);
}

function check({ codec, spec, shape }: StoredCodec, parts: Parts): void {
  checkParts(codec, { name: TENSOR, shape, options: spec.options, parts });
  const values = decoded(() => codec.reference.decode(parts, shape, spec.options));
  if (values.length !== shape[0] * shape[1]) throw new Error(`${values.length} values`);
}

/** Decodes and, as the codecs do, converts an error about a part into one with the tensor's name. */
function decoded(decode: () => Float32Array): Float32Array {
  try {
    return decode();
  } catch (error) {
    throw error instanceof CorruptData ? damaged(TENSOR, error.message) : error;
  }
}

async function prepare(): Promise<Prepared> {
  const all = new Map((await storedCodecs()).map((stored) => [formatCodecFully(stored.spec), stored]));
  const folders = [...all.values()].map((stored) => ({ stored, folder: folderOf(stored) }));
  return {
    seeds: folders.map(({ folder }) => packed(folder)),
    read(bytes) {
      const folder = unpacked(bytes);
      const stored = all.get(new TextDecoder().decode(folder?.get(CODEC)));
      if (folder && stored) check(stored, new Map([...folder].filter(([suffix]) => suffix !== CODEC)));
    },
    broken(below) {
      const { stored, folder } = folders[below(folders.length)];
      return breakFolder(folder, below, (suffix, bytes) =>
        suffix === CODEC ? bytes : brokenPart(stored, suffix, bytes, below),
      );
    },
  };
}

/** The reader of the stored parts of all codecs, by their references. codecs.gpu.test.ts uses the GPU decoders. */
const codecParts: FuzzReader = {
  name: 'codec-parts',
  reads: 'stored parts of every codec, decoded by its reference',
  cases: 5000,
  memory: { factor: 64, base: 1 << 20 },
  refusals: ['bad-file'],
  prepare,
};
export default codecParts;
