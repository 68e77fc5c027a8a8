import { bfloat16sToFloats } from '../../../../base/float16';
import { float8Max, float8Values } from '../../../../base/float8';
import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { damaged } from '../../../contract/parts';
import { fillByRows } from '../../../kit/fillTarget';
import { bits16Of } from '../../../kit/storedFloats';
import { kernelSizes } from './kernel';
import type { Fp8Layout, Fp8Parts } from './layout';
import { MIN_SCALE } from './scale';

/** Operations per weight, as the command stream counts work. */
const COST = 6;

/** Decodes on the GPU, a range of rows at a time. @throws LabError bad-file for codes or scales that no encoder writes; Cancelled */
export async function decodeFp8(
  { name, layout, parts: { codes, scales } }: Coded<Fp8Layout, Fp8Parts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const { rowBytes } = layout;
  const factors = checkedScales(name, layout, scales);
  checkCodes(name, layout, codes);
  await fillByRows(target, context, async ({ scope, dispatch }, { firstRow, rows, firstElement, buffer }) => {
    const count = rows * layout.columns;
    await dispatch('codecs/fp8/decode', {
      params: { count, firstElement, ...kernelSizes(layout, firstRow) },
      bindings: {
        codes: scope.upload(codes.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes), 'codes'),
        scales: scope.upload(factors, 'scales'),
        table: scope.upload(float8Values(layout.format), 'values of the codes'),
        out: buffer,
      },
      threads: count,
      cost: COST * count,
    });
  });
}

/** Returns the scales in float32. @throws LabError bad-file for one that is not finite, negative, or takes weights beyond float32 */
function checkedScales(name: string, { format }: Fp8Layout, bytes: Uint8Array): Float32Array {
  const scales = bfloat16sToFloats(bits16Of(bytes));
  const bad = scales.findIndex(
    (scale) => !(scale >= 0 && Number.isFinite(Math.fround(scale * float8Max(format)))),
  );
  if (bad >= 0) throw damaged(name, `scale ${bad} is ${scales[bad]}`);
  const tiny = scales.findIndex((scale) => scale > 0 && scale < MIN_SCALE);
  if (tiny >= 0) throw damaged(name, `scale ${tiny} is ${scales[tiny]}, which no encoder writes`);
  return scales;
}

/** Checks that no code is NaN or infinite. @throws LabError bad-file */
function checkCodes(name: string, { format }: Fp8Layout, codes: Uint8Array): void {
  const table = float8Values(format);
  const bad = codes.findIndex((code) => !Number.isFinite(table[code]));
  if (bad >= 0) throw damaged(name, `code ${bad} is not a finite number`);
}
