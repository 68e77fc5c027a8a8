import { foldScale } from '../../../kit/foldScale';
import { invariant } from '../../../../base/errors';
import { floatsToHalves } from '../../../../base/float16';
import type { LayerInputs } from '../../../../calibrate/inputs';
import type { CodecContext } from '../../../contract/codec';
import type { Source, SourceGroup, SourceGroupResult } from '../../../contract/defineCodec';
import { gpuJob } from '../../../kit/gpuJob';
import { encodeInt8Rows } from '../../../kit/int8Rows/int8Rows';
import { rowRanges } from '../../../kit/spans';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import type { SmoothQuantLayout, SmoothQuantParts } from './layout';
import { smoothingScale } from './scale';

type SmoothSource = Source<SmoothQuantLayout>;

/** Encodes one tensor with its own scale. @throws LabError bad-input naming the tensor when a row's scale overflows; Cancelled */
export async function encodeSmooth(source: SmoothSource, context: CodecContext): Promise<SmoothQuantParts> {
  if (!context.inputs) return encodeScaledRows(source, undefined, context);
  const scale = await jointScale([source], context.inputs, context);
  const parts = await encodeScaledRows(source, scale, context);
  return { ...parts, inputScale: bytesOf16(floatsToHalves(scale)) };
}

/** Encodes all readers of a norm with one scale that is folded into the norm (paper, section 4.2), else each with its own scale. */
export async function encodeSmoothGroup(
  { tensors, norm }: SourceGroup<SmoothQuantLayout>,
  context: CodecContext,
): Promise<SourceGroupResult<SmoothQuantParts>> {
  const parts = new Map<string, SmoothQuantParts>();
  if (!tensors[0].layout.fold || !norm || !context.inputs) {
    for (const source of tensors) parts.set(source.name, await encodeSmooth(source, context));
    return { parts };
  }
  const scale = await jointScale(tensors, context.inputs, context);
  for (const source of tensors) parts.set(source.name, await encodeScaledRows(source, scale, context));
  return { parts, replaced: foldScale(norm, scale), columnScale: scale };
}

async function encodeScaledRows(
  source: SmoothSource,
  scale: Float32Array | undefined,
  context: CodecContext,
): Promise<SmoothQuantParts> {
  const { codes, scales } = await encodeInt8Rows(source, { factors: scale, half: true }, context);
  const halves = bytesOf16(Uint16Array.from(scales));
  requireHalfScales(source.name, halves);
  return { codes, scales: halves };
}

/** Computes s of one activation from the largest weights of every matrix that reads it. */
async function jointScale(
  sources: readonly SmoothSource[],
  inputs: LayerInputs,
  context: CodecContext,
): Promise<Float32Array> {
  const [{ name, shape, layout }] = sources;
  invariant(inputs.columns === shape[1], `${name} [${shape}] reads ${inputs.columns} columns`);
  const maxima = new Float32Array(shape[1]);
  for (const source of sources)
    (await columnMaxima(source, context)).forEach((w, column) => {
      maxima[column] = Math.max(maxima[column], w);
    });
  return smoothingScale(name, inputs.maxAbs, maxima, layout.alpha);
}

/** Computes the largest |w| of each column with the kernel that also measures activations. */
async function columnMaxima(
  { values, layout: { rows, columns } }: SmoothSource,
  context: CodecContext,
): Promise<Float32Array> {
  const maxima = new Float32Array(columns);
  for (const range of rowRanges({ rows, columns }, context.gpu.maxBindingBytes))
    await gpuJob(context, async ({ scope, dispatch, run, readFloats }) => {
      const first = range.firstRow * columns;
      const largest = scope.allocate(4 * columns, 'column maxima');
      await dispatch('calibrate/columns', {
        params: { rows: range.rows, columns, stride: columns, column: 0 },
        bindings: {
          x: scope.upload(values.subarray(first, first + range.rows * columns), 'weights'),
          sums: scope.allocate(4 * columns, 'column sums'),
          largest,
        },
        threads: columns,
        cost: 4 * range.rows * columns,
      });
      await run();
      (await readFloats(largest)).forEach((w, column) => (maxima[column] = Math.max(maxima[column], w)));
    });
  return maxima;
}
