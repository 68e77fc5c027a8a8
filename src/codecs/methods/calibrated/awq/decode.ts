import { halvesToFloats } from '../../../../base/float16';
import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext, CodedTensor } from '../../../contract/codec';
import { damaged } from '../../../contract/parts';
import { bits16Of } from '../../../kit/storedFloats';
import { gpuJob } from '../../../kit/gpuJob';
import { decodeRtn } from '../../../kit/uniformGrid/erased';
import { partSpans, threadGroups } from '../../../kit/spans';

/** Operations per weight, as the command stream counts work. */
const COST = 8;

/** WGSL decode: as rtn, then each column divided by its s if there is one. @throws LabError bad-file */
export async function decodeAwq(
  stored: CodedTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const scale = stored.parts.get('inputScale');
  if (scale) checkInputScale(stored.name, scale);
  await decodeRtn(stored, target, context);
  if (scale) await unscale(scale, target, context);
}

function checkInputScale(name: string, bytes: Uint8Array): void {
  const bad = halvesToFloats(bits16Of(bytes)).findIndex((s) => !(s > 0 && s < Infinity));
  if (bad >= 0) throw damaged(name, `the scale of column ${bad} is not a positive number`);
}

async function unscale(scale: Uint8Array, target: DenseMatrix, context: CodecContext): Promise<void> {
  const { columns } = target;
  for (const { part, offset, count } of partSpans(target))
    await gpuJob(context, async ({ scope, recorder, run }) => {
      recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/awq/unscale' }), {
        params: { first: offset, count, columns },
        bindings: { s: scope.upload(scale, 'column scale'), w: part.buffer },
        workgroups: threadGroups(count),
        cost: COST * count,
      });
      await run();
    });
}
