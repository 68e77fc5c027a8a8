import { LabError } from '../../../base/errors';
import { dispatchRanges } from '../../../gpu/dispatchCost';
import type { Gpu } from '../../../gpu/gpu';
import type { BindingValue } from '../../../gpu/recorder';
import { inVectors, isVectorized, rowSize } from '../../ops/context';
import type { RowsCall } from '../linear';
import { recordPaddedRows } from '../stage';
import { UNIT, unitsOf } from './ternaryMatrix';

/**
 * The form in which activations enter a ternary product. float32: unchanged. float16: rounded to nearest, with float32 sums;
 * needs shader-f16. int8: rounded to 127ths of the largest magnitude of each block, with exact sums within a block.
 */
export type TernaryActivations = 'float32' | 'float16' | 'int8';
export const TERNARY_ACTIVATIONS: readonly TernaryActivations[] = ['float32', 'float16', 'int8'];

/** The number of columns of an int8 block, a multiple of 16, or `row`. */
export type ActivationBlock = number | 'row';
export const DEFAULT_BLOCK = 128;

/** Number of columns up to which a sum of products of an int8 and a code fits 32 bits: 2³¹ ÷ (127 · 2). */
const MAX_COLUMNS = Math.floor(2 ** 31 / 254);

/** Estimated operations per element. */
const QUANTISE_COST = 30;
/** Number of units of a block up to which one thread rounds it on hardware adapters, too. */
const MAX_THREAD_UNITS = 8;

/** Activations in the layout of shaders/linear/ternary/common.wgsl. */
export interface StagedActivations {
  bindings: Record<string, BindingValue>;
  /** Distance between rows of x and start of the first one, in quads. */
  x: { stride: number; column: number };
  blocks: { blocksPerRow: number; blockUnits: number };
}

/**
 * Checks the form of the activations against the device and the number of columns.
 * @throws LabError unsupported for float16 without shader-f16; bad-input for a block that ends inside a word; limit for rows
 * too long for exact sums
 */
export function checkActivations(
  gpu: Gpu,
  kind: TernaryActivations,
  block: ActivationBlock,
  columns: number,
): void {
  if (!TERNARY_ACTIVATIONS.includes(kind))
    throw new LabError(
      'bad-input',
      `Activations cannot be ${kind as string}.`,
      `Choose ${TERNARY_ACTIVATIONS.join(', ')}.`,
    );
  if (kind === 'float16' && !gpu.features.f16)
    throw new LabError(
      'unsupported',
      'This device does not support float16 in shaders.',
      'Use float32 or int8 activations.',
    );
  if (kind !== 'int8') return;
  if (block !== 'row' && !(Number.isInteger(block) && block > 0 && block % UNIT === 0))
    throw new LabError(
      'bad-input',
      `Activations cannot be rounded in blocks of ${block} columns.`,
      `Choose a multiple of ${UNIT}, or row.`,
    );
  if (columns > MAX_COLUMNS)
    throw new LabError(
      'limit',
      `A row has ${columns} columns; sums of int8 products are exact for at most ${MAX_COLUMNS}.`,
      'Use float32 activations.',
    );
}

/** Returns the number of units that share a scale of x. */
function blockUnits(kind: TernaryActivations, block: ActivationBlock, units: number): number {
  return kind !== 'int8' || block === 'row' ? units : Math.min(units, block / UNIT);
}

/** Returns the bytes that one row takes in the largest of its buffers. */
export function stagedRowBytes(kind: TernaryActivations, columns: number): number {
  return unitsOf(columns) * UNIT * (kind === 'int8' ? 1 : kind === 'float16' ? 2 : 4);
}

/** Returns whether float32 rows can be read in place: they consist of whole units, and each quad is aligned to a vec4. */
export function readsInPlace(kind: TernaryActivations, { x }: RowsCall, columns: number): boolean {
  return kind === 'float32' && columns % UNIT === 0 && isVectorized(x.stride, x.column);
}

/** Records the conversion of rows into the layout of the kernels. The rows must fit one binding (`stagedRowBytes`). */
export async function recordStaged(
  call: RowsCall,
  kind: TernaryActivations,
  columns: number,
  block: ActivationBlock,
): Promise<StagedActivations> {
  const units = unitsOf(columns);
  const unitsOfBlock = blockUnits(kind, block, units);
  const blocks = { blockUnits: unitsOfBlock, blocksPerRow: Math.ceil(units / unitsOfBlock) };
  if (readsInPlace(kind, call, columns))
    return { bindings: { x: call.x.buffer }, x: inVectors(call.x), blocks };
  const quadsPerRow = 4 * units;
  const x = { stride: quadsPerRow, column: 0 };
  if (kind === 'int8') return { bindings: await recordBlocks(call, columns, units, blocks), x, blocks };
  const rows = await recordPaddedRows(call, { columns, quadsPerRow, half: kind === 'float16' });
  return { bindings: { x: rows }, x, blocks };
}

/** Records the rounding of rows to int8 in blocks (shaders/linear/ternary/quantise.wgsl); returns the kernels' bindings. */
async function recordBlocks(
  { gpu, recorder, x, rows }: RowsCall,
  columns: number,
  units: number,
  blocks: { blockUnits: number; blocksPerRow: number },
): Promise<Record<string, BindingValue>> {
  const count = rows * blocks.blocksPerRow;
  const out = {
    codes: recorder.scratch(UNIT * rows * units, 'ternary int8 activations'),
    sums: recorder.scratch(4 * rows * units, 'ternary activation sums'),
    maxima: recorder.scratch(4 * count, 'ternary activation maxima'),
  };
  const blockPerThread = gpu.info.software || blocks.blockUnits <= MAX_THREAD_UNITS;
  const entry = blockPerThread ? 'blockPerThread' : 'blockPerWorkgroup';
  const kernel = { module: 'linear/ternary/quantise', entry };
  const blockCost = QUANTISE_COST * UNIT * blocks.blockUnits;
  for (const { first, last, cost } of dispatchRanges(gpu, count, blockCost, 1))
    await recorder.dispatch(kernel, {
      params: {
        firstBlock: first,
        lastBlock: last,
        columns,
        units,
        ...blocks,
        xStride: x.stride,
        xColumn: x.column,
      },
      bindings: { x: x.buffer, ...out },
      ...rowSize(blockPerThread, last - first),
      cost,
    });
  return { x: out.codes, sums: out.sums, maxima: out.maxima };
}
