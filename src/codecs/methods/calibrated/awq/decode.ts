import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { damaged } from '../../../contract/parts';
import { fillBySpans } from '../../../kit/fillTarget';
import { halfValues } from '../../../kit/halves';
import { decodeUniformGrid } from '../../../kit/uniformGrid/decode';
import type { AwqLayout, AwqParts } from './layout';

/** Operations per weight, as the command stream counts work. */
const COST = 8;

/** Decodes on the GPU: restores the uniform grid, then divides each column by its s if s is stored. @throws LabError bad-file */
export async function decodeAwq(
  stored: Coded<AwqLayout, AwqParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const { inputScale } = stored.parts;
  if (inputScale) checkInputScale(stored.name, inputScale);
  await decodeUniformGrid(stored, target, context);
  if (inputScale) await unscale(inputScale, target, context);
}

function checkInputScale(name: string, bytes: Uint8Array): void {
  const bad = halfValues(bytes).findIndex((s) => !(s > 0 && s < Infinity));
  if (bad >= 0) throw damaged(name, `the scale of column ${bad} is not a positive number`);
}

function unscale(scale: Uint8Array, target: DenseMatrix, context: CodecContext): Promise<void> {
  const { columns } = target;
  return fillBySpans(target, context, ({ scope, dispatch }, { part, offset, count }) =>
    dispatch('codecs/awq/unscale', {
      params: { first: offset, count, columns },
      bindings: { s: scope.upload(scale, 'column scale'), w: part.buffer },
      threads: count,
      cost: COST * count,
    }),
  );
}
