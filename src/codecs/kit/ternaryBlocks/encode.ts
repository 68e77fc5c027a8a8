import { splitRows, type RowRange } from '../../../runtime/linear/matrix';
import type { CodecContext, SourceTensor } from '../../contract/codec';
import type { Parts } from '../../contract/parts';
import type { CodecMeta, CodecOptions } from '../../contract/meta';
import { gpuJob } from '../gpuJob';
import { CHUNK_ELEMENTS, threadGroups } from '../spans';
import type { GroupChoice, RowFormat } from './format';
import { rowKernel } from './kernel';
import { rowLayout, type RowLayout } from './layout';
import { chooseGroups, rowPartsOf, scaleHalves } from './reference';

/** Operations per weight, as the command stream counts work. */
const COST = 16;
/** Units of two bytes: two rows fill whole words. */
const ROW_ALIGN = 2;

/**
 * Codes a range of rows at a time: the host finds scales and thresholds, the GPU codes and packs.
 * @throws LabError bad-input when a scale exceeds float16; limit for rows beyond a binding; Cancelled between ranges
 */
export async function encodeRows(
  format: RowFormat,
  meta: CodecMeta,
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = rowLayout(format, meta, tensor.shape);
  const { rows, columns, rowBytes } = layout;
  const codes = new Uint8Array(rows * rowBytes);
  const choices: GroupChoice[] = [];
  for (const range of rowRanges(layout, rows, context.gpu.maxBindingBytes)) {
    const { firstRow } = range;
    const values = tensor.values.subarray(firstRow * columns, (firstRow + range.rows) * columns);
    const chosen = chooseGroups(format, layout, values, Number(options.threshold));
    codes.set(
      await encodeRange(format, layout, { ...tensor, values }, chosen, range, context),
      firstRow * rowBytes,
    );
    choices.push(...chosen);
  }
  return rowPartsOf(format, codes, choices);
}

/** Ranges whose weights, and whose codes, fit one binding: short rows may take more bytes coded than as float32. */
export function rowRanges(
  { columns, rowBytes }: RowLayout,
  rows: number,
  maxBindingBytes: number,
): RowRange[] {
  const largest = Math.max(4 * columns, rowBytes);
  const limit = Math.min(maxBindingBytes, Math.max(4 * CHUNK_ELEMENTS, ROW_ALIGN * largest));
  return splitRows(rows, largest, limit, ROW_ALIGN);
}

/** @param tensor with the values of these rows alone */
function encodeRange(
  format: RowFormat,
  { columns, rowBytes, groupSize, groupsPerRow }: RowLayout,
  { name, values }: SourceTensor,
  choices: GroupChoice[],
  { rows }: RowRange,
  context: CodecContext,
): Promise<Uint8Array> {
  const halves = scaleHalves(format, choices, name);
  return gpuJob(context, async ({ scope, recorder, run, read }) => {
    const bytes = rows * rowBytes;
    const codes = scope.allocate(bytes, `${name} codes`);
    const cuts = Float32Array.from(choices, ({ cut }) => cut);
    recorder.dispatch(await context.gpu.kernels.get(rowKernel('encode', format)), {
      params: { bytes, columns, rowBytes, groupSize, groupsPerRow },
      bindings: {
        weights: scope.upload(values, `${name} weights`),
        cuts: scope.upload(cuts, `${name} thresholds`),
        codes,
        ...(format.scales === 'block' && {
          scales: scope.upload(Uint32Array.from(halves), `${name} scales`),
        }),
      },
      workgroups: threadGroups(Math.ceil(bytes / 4)),
      cost: COST * values.length,
    });
    await run();
    return read(codes, codes.size).then((words) => words.subarray(0, bytes));
  });
}
