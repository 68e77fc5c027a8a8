import { invariant } from '../../../../base/errors';
import { floatsToHalves } from '../../../../base/float16';
import type { LayerInputs } from '../../../../calibrate/inputs';
import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import type { GpuJob } from '../../../kit/gpuJob';
import { CHUNK_ELEMENTS } from '../../../kit/spans';
import { bytesOf16 } from '../../../kit/storedFloats';
import { encodeByRows, recordCodes, type GroupBuffers } from '../../../kit/uniformGrid/encode';
import { recordClipSearch } from './clip';
import { searchExponentOnGpu } from './exponent';
import { awqParts, type AwqLayout, type AwqParts } from './layout';
import { checkCalibration, isOne } from './scale';
import { recordScaleColumns } from './steps';

/**
 * Encodes one tensor and stores s with it. Without inputs, or where scales are only folded, s = 1 and only the clipping is searched.
 * @throws LabError bad-input naming the tensor when a scale overflows or its activations are all zero
 */
export async function encodeAwq(source: Source<AwqLayout>, context: CodecContext): Promise<AwqParts> {
  const { inputs } = context;
  if (!inputs || source.layout.fold === 'only')
    return encodeUnderScale(source, new Float32Array(source.layout.columns).fill(1), context);
  checkInputs(source, inputs);
  const s = await searchExponentOnGpu([source], context, inputs, true);
  const parts = await encodeUnderScale(source, s, context);
  return isOne(s) ? parts : { ...parts, inputScale: bytesOf16(floatsToHalves(s)) };
}

export function checkInputs({ name, layout }: Source<AwqLayout>, { columns, meanAbs }: LayerInputs): void {
  invariant(columns === layout.columns, `${name} has ${layout.columns} columns, its inputs ${columns}`);
  checkCalibration(name, meanAbs);
}

/** Computes codes, scales and zero points of W·diag(s), a range of rows at a time; s itself is not among the parts. */
export function encodeUnderScale(
  source: Source<AwqLayout>,
  s: Float32Array,
  context: CodecContext,
): Promise<AwqParts> {
  const { layout } = source;
  return encodeByRows(source, zeroedParts(awqParts(layout)), context, {
    elements: CHUNK_ELEMENTS / 4,
    async record(job, rows, buffers) {
      const scaled = await recordScaled(job, layout, rows, s, buffers.w);
      await recordClipSearch(job, layout, rows, { ...buffers, ...scaled }, context.inputs?.gram);
      return recordCodes(job, layout, rows, { ...buffers, w: scaled.w });
    },
  });
}

/** Records the computation of W·diag(s) for some rows. */
async function recordScaled(
  job: GpuJob,
  { columns }: AwqLayout,
  rows: number,
  columnScale: Float32Array,
  weights: GPUBuffer,
): Promise<Pick<GroupBuffers, 'w'> & Record<'s', GPUBuffer>> {
  const count = rows * columns;
  const s = job.scope.upload(columnScale, 'column scale');
  const w = job.scope.allocate(4 * count, 'scaled weights');
  await recordScaleColumns(job, count, columns, { w: weights, s, out: w });
  return { w, s };
}
