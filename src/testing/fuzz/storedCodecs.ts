import type { Codec, MatrixShape } from '../../codecs/contract/codec';
import type { PartLayout, Parts } from '../../codecs/contract/parts';
import type { CodecSpec } from '../../codecs/contract/meta';
import { codecMetas, resolveCodec } from '../../codecs/contract/registry';
import { parseCodec } from '../../codecs/contract/spec';
import { gaussianWithOutliers } from '../../codecs/conformance/cases';
import type { Below } from '../mutations';
import { breakBytes } from './breakBytes';

/** Codecs in addition to the default of each: other codecs inside wrappers, and other ways to store parts. */
const EXTRA_CODECS = [
  ...['rans(grid(rounding=nearest))', 'rans(nf4)', 'hadamard(nf4)', 'rtn(bits=3,group=32,scheme=asymmetric)'],
  ...['nf4(double=true)', 'rans(rtn(bits=8))'],
];

/** A codec and the matrix that it is tried on. */
export interface StoredCodec {
  codec: Codec;
  spec: CodecSpec;
  shape: MatrixShape;
}

/** Returns all codecs that encode single tensors. */
export async function storedCodecs(): Promise<StoredCodec[]> {
  const spellings = [...codecMetas.values()]
    .filter(({ assigns }) => !assigns)
    .map(({ id, wraps }) => (wraps ? `${id}(rtn(bits=4))` : id));
  return Promise.all([...spellings, ...EXTRA_CODECS].map(storedCodec));
}

async function storedCodec(spelling: string): Promise<StoredCodec> {
  const spec = parseCodec(spelling);
  const codec = await resolveCodec(spec);
  return { spec, codec, shape: [4, codec.meta.columnsMultiple ?? 40] };
}

/** Returns the parts into which the codec's reference encodes normal weights with outliers. */
export function validParts({ codec, spec, shape }: StoredCodec): Parts {
  return codec.reference.encode(gaussianWithOutliers(shape, 3), shape, spec.options);
}

/** Returns a part with changed bytes, and with another length if its length is variable or in one of ten cases. */
export function brokenPart(
  { codec, spec, shape }: StoredCodec,
  suffix: string,
  bytes: Uint8Array,
  below: Below,
) {
  const layout: PartLayout | undefined = codec
    .layout(shape, spec.options)
    .find((part) => part.suffix === suffix);
  const broken = breakBytes(bytes, below);
  if (layout?.variable || below(10) === 0) return broken;
  const same = bytes.slice();
  same.set(broken.subarray(0, same.length));
  return same;
}
