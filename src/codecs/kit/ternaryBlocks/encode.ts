import { splitRows, type RowRange } from '../../../runtime/linear/matrix';
import type { CodecContext } from '../../contract/codec';
import type { Source } from '../../contract/defineCodec';
import { gpuJob, type GpuJob } from '../gpuJob';
import { CHUNK_ELEMENTS } from '../spans';
import type { GroupChoice } from './format';
import { rowKernel } from './kernel';
import type { TernaryRowsLayout, TernaryRowsParts } from './layout';
import { chooseGroups, partsFrom, scaleHalves } from './reference';

/** Operations per weight, as the command stream counts work. */
const COST = 16;
/** The multiple of rows that fills whole words with units of two bytes. */
const ROW_ALIGN = 2;

/**
 * Encodes by ranges of rows. The host computes scales and cutoffs, and the GPU codes and packs.
 * @throws LabError bad-input when a scale exceeds float16; limit for rows beyond a binding; Cancelled
 */
export async function encodeTernaryRows(
  source: Source<TernaryRowsLayout>,
  context: CodecContext,
): Promise<TernaryRowsParts> {
  const { format, rows, columns, rowBytes } = source.layout;
  const codes = new Uint8Array(rows * rowBytes);
  const choices: GroupChoice[] = [];
  for (const range of ternaryRowRanges(source.layout, rows, context.gpu.maxBindingBytes)) {
    const { firstRow } = range;
    const values = source.values.subarray(firstRow * columns, (firstRow + range.rows) * columns);
    const chosen = chooseGroups(source.layout, values);
    const packed = await gpuJob(context, (job) => encodeRange(job, { ...source, values }, chosen, range));
    codes.set(packed, firstRow * rowBytes);
    choices.push(...chosen);
  }
  return partsFrom(format, codes, choices);
}

/** Divides rows into ranges whose weights and codes each fit one binding. Short rows may take more bytes coded than as float32. */
export function ternaryRowRanges(
  { columns, rowBytes }: TernaryRowsLayout,
  rows: number,
  maxBindingBytes: number,
): RowRange[] {
  const largest = Math.max(4 * columns, rowBytes);
  const limit = Math.min(maxBindingBytes, Math.max(4 * CHUNK_ELEMENTS, ROW_ALIGN * largest));
  return splitRows(rows, largest, limit, ROW_ALIGN);
}

/** Encodes one range of rows. @param source holds the values of only these rows */
async function encodeRange(
  { scope, dispatch, run, read }: GpuJob,
  { name, values, layout }: Source<TernaryRowsLayout>,
  choices: GroupChoice[],
  { rows }: RowRange,
): Promise<Uint8Array> {
  const { format, columns, rowBytes, groupSize, groupsPerRow } = layout;
  const halves = scaleHalves(format, choices, name);
  const bytes = rows * rowBytes;
  const codes = scope.allocate(bytes, `${name} codes`);
  const cutoffs = Float32Array.from(choices, ({ cutoff }) => cutoff);
  await dispatch(rowKernel('encode', format), {
    params: { bytes, columns, rowBytes, groupSize, groupsPerRow },
    bindings: {
      weights: scope.upload(values, `${name} weights`),
      cutoffs: scope.upload(cutoffs, `${name} cutoffs`),
      codes,
      ...(format.scales === 'block' && {
        scales: scope.upload(Uint32Array.from(halves), `${name} scales`),
      }),
    },
    threads: Math.ceil(bytes / 4),
    cost: COST * values.length,
  });
  await run();
  return (await read(codes)).subarray(0, bytes);
}
