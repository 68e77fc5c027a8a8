import { floatsToHalves } from '../../../../base/float16';
import { invariant } from '../../../../base/errors';
import type { LayerInputs } from '../../../../calibrate/inputs';
import type { CodecContext, GroupResult, SourceTensor, TensorGroup } from '../../../contract/codec';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { gpuJob } from '../../../kit/gpuJob';
import { encodeInt8Rows, rowRanges } from '../../../kit/int8Rows/int8Rows';
import { threadGroups } from '../../../kit/spans';
import { smoothingScale } from './scale';

/** One tensor with a scale of its own. @throws LabError bad-input naming the tensor when a row's scale overflows; Cancelled */
export async function encodeSmooth(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  if (!context.inputs) return encodeScaled(tensor, undefined, context);
  const scale = await jointScale([tensor], context.inputs, options, context);
  const parts = await encodeScaled(tensor, scale, context);
  return parts.set('inputScale', bytesOf16(floatsToHalves(scale)));
}

/** All readers of a norm with one scale, which the norm takes (section 4.2 of the paper); else each with its own. */
export async function encodeSmoothGroup(
  { tensors, norm }: TensorGroup,
  options: CodecOptions,
  context: CodecContext,
): Promise<GroupResult> {
  const parts = new Map<string, Parts>();
  if (!options.fold || !norm || !context.inputs) {
    for (const tensor of tensors) parts.set(tensor.name, await encodeSmooth(tensor, options, context));
    return { parts };
  }
  const scale = await jointScale(tensors, context.inputs, options, context);
  for (const tensor of tensors) parts.set(tensor.name, await encodeScaled(tensor, scale, context));
  return { parts, replaced: foldInto(norm, scale), columnScale: scale };
}

/** The norm's weight and bias divided by s. */
export function foldInto(
  { weight, bias }: NonNullable<TensorGroup['norm']>,
  scale: Float32Array,
): Map<string, Float32Array> {
  const divided = ({ name, values }: SourceTensor): [string, Float32Array] => [
    name,
    values.map((value, column) => value / scale[column]),
  ];
  return new Map([divided(weight), ...(bias ? [divided(bias)] : [])]);
}

async function encodeScaled(
  tensor: SourceTensor,
  scale: Float32Array | undefined,
  context: CodecContext,
): Promise<Map<string, Uint8Array>> {
  const { codes, scales } = await encodeInt8Rows(tensor, { factors: scale, half: true }, context);
  const halves = bytesOf16(Uint16Array.from(scales));
  requireHalfScales(tensor.name, halves);
  return new Map([
    ['codes', codes],
    ['scales', halves],
  ]);
}

/** s of one activation, from the largest weights of every matrix that reads it. */
async function jointScale(
  tensors: readonly SourceTensor[],
  inputs: LayerInputs,
  options: CodecOptions,
  context: CodecContext,
): Promise<Float32Array> {
  const [{ name, shape }] = tensors;
  invariant(inputs.columns === shape[1], `${name} [${shape}] reads ${inputs.columns} columns`);
  const maxima = new Float32Array(shape[1]);
  for (const tensor of tensors)
    (await columnMaxima(tensor, context)).forEach((w, column) => {
      maxima[column] = Math.max(maxima[column], w);
    });
  return smoothingScale(name, inputs.maxAbs, maxima, Number(options.alpha));
}

/** Largest |w| of each column, by the kernel that also watches activations. */
async function columnMaxima(
  { values, shape: [rows, columns] }: SourceTensor,
  context: CodecContext,
): Promise<Float32Array> {
  const maxima = new Float32Array(columns);
  for (const range of rowRanges(rows, columns, context.gpu.maxBindingBytes))
    await gpuJob(context, async ({ scope, recorder, run, read }) => {
      const first = range.firstRow * columns;
      const largest = scope.allocate(4 * columns, 'column maxima');
      recorder.dispatch(await context.gpu.kernels.get({ module: 'calibrate/columns' }), {
        params: { rows: range.rows, columns, stride: columns, column: 0 },
        bindings: {
          x: scope.upload(values.subarray(first, first + range.rows * columns), 'weights'),
          sums: scope.allocate(4 * columns, 'column sums'),
          largest,
        },
        workgroups: threadGroups(columns),
        cost: 4 * range.rows * columns,
      });
      await run();
      const found = new Float32Array((await read(largest, 4 * columns)).buffer);
      found.forEach((w, column) => (maxima[column] = Math.max(maxima[column], w)));
    });
  return maxima;
}
