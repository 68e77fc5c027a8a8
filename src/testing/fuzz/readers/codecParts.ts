import { codecMetas, resolveCodec } from '../../../codecs/registry';
import { checkParts, damaged } from '../../../codecs/encode';
import { Damage } from '../../../codecs/entropy/bitio';
import type { Codec, CodecSpec, MatrixShape, PartLayout, Parts } from '../../../codecs/codec';
import { formatCodecFully, parseCodec } from '../../../codecs/spec';
import { gaussianWithOutliers } from '../../../codecs/testing/cases';
import type { Below } from '../../mutations';
import { breakBytes } from '../breakBytes';
import { breakFolder, packed, unpacked, type Folder } from '../packedFolder';
import type { FuzzReader, Prepared } from '../reader';

/** Of a case, the file that says which codec and shape its parts are of; it stays as it is. */
const CODEC = 'codec';
const TENSOR = 'model.layers.0.mlp.up_proj.weight';
/** Beside every codec with its defaults: what wrappers wrap otherwise, and other ways to store parts. */
const MORE = [
  ...['rans(grid(rounding=nearest))', 'rans(nf4)', 'hadamard(nf4)', 'rtn(bits=3,group=32,scheme=asymmetric)'],
  ...['nf4(double=true)', 'rans(rtn(bits=8))'],
];

interface Stored {
  codec: Codec;
  spec: CodecSpec;
  shape: MatrixShape;
}

/** Codecs that code a tensor alone, one after the other. */
async function everyCodec(): Promise<Stored[]> {
  const spellings = [...codecMetas.values()]
    .filter(({ assigns, needs }) => !assigns && !needs.base)
    .map(({ id, wraps }) => (wraps ? `${id}(rtn(bits=4))` : id));
  return Promise.all([...spellings, ...MORE].map(storedBy));
}

async function storedBy(spelling: string): Promise<Stored> {
  const spec = parseCodec(spelling);
  const codec = await resolveCodec(spec);
  return { spec, codec, shape: [4, codec.meta.columnsMultiple ?? 40] };
}

function encoded({ codec, spec, shape }: Stored): Folder {
  const parts = codec.reference.encode(gaussianWithOutliers(shape, 3), shape, spec.options);
  const about = new TextEncoder().encode(formatCodecFully(spec));
  return new Map([[CODEC, about], ...parts]);
}

/** A part with other bytes in it, and of another length where the length is the file's own. */
function brokenPart(bytes: Uint8Array, layout: PartLayout | undefined, below: Below): Uint8Array {
  const broken = breakBytes(bytes, below);
  if (layout?.variable || below(10) === 0) return broken;
  const same = bytes.slice();
  same.set(broken.subarray(0, same.length));
  return same;
}

function check({ codec, spec, shape }: Stored, parts: Parts): void {
  checkParts(codec, { name: TENSOR, shape, options: spec.options, parts });
  const values = decoded(() => codec.reference.decode(parts, shape, spec.options));
  if (values.length !== shape[0] * shape[1]) throw new Error(`${values.length} values`);
}

/** As the codecs do it: what is wrong inside a part becomes a sentence with the tensor's name. */
function decoded(decode: () => Float32Array): Float32Array {
  try {
    return decode();
  } catch (error) {
    throw error instanceof Damage ? damaged(TENSOR, error.message) : error;
  }
}

async function prepare(): Promise<Prepared> {
  const all = new Map((await everyCodec()).map((stored) => [formatCodecFully(stored.spec), stored]));
  const folders = [...all.values()].map((stored) => ({ stored, folder: encoded(stored) }));
  return {
    seeds: folders.map(({ folder }) => packed(folder)),
    read(bytes) {
      const folder = unpacked(bytes);
      const stored = all.get(new TextDecoder().decode(folder?.get(CODEC)));
      if (!folder || !stored) return;
      check(stored, new Map([...folder].filter(([suffix]) => suffix !== CODEC)));
    },
    broken(below) {
      const { stored, folder } = folders[below(folders.length)];
      const layout = stored.codec.layout(stored.shape, stored.spec.options);
      return breakFolder(folder, below, (suffix, bytes) =>
        suffix === CODEC
          ? bytes
          : brokenPart(
              bytes,
              layout.find((part) => part.suffix === suffix),
              below,
            ),
      );
    },
  };
}

/** Stored parts of every codec, decoded by its reference: the GPU’s decoders are held to the same (codecs.gpu.test.ts). */
const codecParts: FuzzReader = {
  name: 'codec-parts',
  reads: 'stored parts of every codec, decoded by its reference',
  cases: 5000,
  memory: { factor: 64, base: 1 << 20 },
  refusals: ['bad-file'],
  prepare,
};
export default codecParts;
