import { packedIntegerLinear, packedSupports } from '../../../runtime/linear/packed/packedLinear';
import type { CodecContext } from '../../contract/codec';
import type { Coded } from '../../contract/defineCodec';
import type { LinearWeight } from '../../../runtime/linear/linear';
import { checkStoredScales } from '../storedFloats';
import { decodeUniformGrid } from './decode';
import { encodeUniformGrid } from './encode';
import {
  uniformGridErrorBound,
  uniformGridLayout,
  uniformGridParts,
  type UniformGridLayout,
  type UniformGridOptions,
  type UniformGridParts,
} from './layout';
import { packableGrid } from './packable';
import { uniformGridReference } from './reference';
import { uniformGridWork } from './work';

/**
 * The definition of the codec that rounds to the nearest point of a uniform grid. Other codecs that store such a grid take its
 * layout, decoder and packed product from here and bring an encoder of their own.
 */
export const uniformGrid = {
  layout: uniformGridLayout,
  parts: uniformGridParts,
  encode: encodeUniformGrid,
  encodeWork: uniformGridWork,
  decode: decodeUniformGrid,
  linear: uniformGridLinear,
  packable: packableGrid,
  reference: uniformGridReference,
  // The clip search compares float32 sums of squares.
  equalCodes: ({ clip }: UniformGridOptions) => !clip,
  errorBound: uniformGridErrorBound,
};

/**
 * Makes a linear layer that multiplies by packed codes of 2, 4 or 8 bits; undefined at other widths.
 * @throws LabError bad-file for a scale that is not finite
 */
export async function uniformGridLinear(
  { name, layout, parts }: Coded<UniformGridLayout, UniformGridParts>,
  { gpu }: CodecContext,
): Promise<LinearWeight | undefined> {
  const { rows, columns, bits, group } = layout;
  if (!packedSupports(bits)) return undefined;
  const { codes, scales, zeros } = parts;
  checkStoredScales(name, scales);
  const offset = zeros ?? 2 ** (bits - 1);
  return packedIntegerLinear(gpu, { name, rows, columns, bits, group, offset, codes, scales });
}
