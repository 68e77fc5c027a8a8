import { invariant } from '../../../base/errors';
import type { Gpu } from '../../../gpu/gpu';
import type { ActivationView, LinearCall } from '../linear';
import { LOW_BIT_TILES, lowBitCandidates, readsOctets, type LowBitVariant } from '../lowBitVariants';
import { rowData, uploaded, type UploadedWeight, type WeightPart } from '../parts';
import { recordPieces } from '../pieces';
import {
  checkActivations,
  DEFAULT_BLOCK,
  readsInPlace,
  recordStaged,
  stagedRowBytes,
  type ActivationBlock,
  type TernaryActivations,
} from './ternaryActivations';
import { checkColumns, factorChoice, segmentWords, type ProductFactors } from './ternaryFactors';
import { checkTernary, groupInWords, groupsPerRow, UNIT, unitsOf, type TernaryMatrix } from './ternaryMatrix';
import { uploadTernary } from './ternaryUpload';

/** The form in which x enters the product. */
export interface TernaryInput {
  /** Default float32. */
  activations?: TernaryActivations;
  /** Number of columns of an int8 block; default 128. */
  block?: ActivationBlock;
}

export interface TernaryProduct extends TernaryInput, ProductFactors {
  /** Default: by adapter and rows. Tests and timing give one. */
  variant?: LowBitVariant;
}

/**
 * Uploads a linear layer that multiplies directly from ternary codes, without a dense copy. Weights over the binding limit are
 * split by rows. The caller keeps the bytes and disposes of the result.
 * @param input the default form of activations in `record`
 * @throws LabError bad-file for bytes that do not fit the shape, bad-input for a group that ends inside a word, unsupported,
 * limit, out-of-memory
 */
export async function ternaryLinear(
  gpu: Gpu,
  matrix: TernaryMatrix,
  { activations = 'float32', block = DEFAULT_BLOCK }: TernaryInput = {},
): Promise<UploadedWeight<TernaryProduct>> {
  checkTernary(matrix);
  const { name, rows, columns, codes } = matrix;
  checkActivations(gpu, activations, block, columns);
  const units = unitsOf(columns);
  const groups = { groupUnits: groupInWords(matrix, UNIT), groupsPerRow: groupsPerRow(matrix) };
  return uploaded(gpu, (scope) => {
    const parts = uploadTernary(gpu, scope, matrix, rowData(codes, 4 * units));
    const weight = { name, rows, columns, parts, units, groups };
    return {
      rows,
      columns,
      record: (call, product) => recordTernary(call, weight, { activations, block, ...product }),
    };
  });
}

interface TernaryWeight {
  name: string;
  rows: number;
  columns: number;
  parts: readonly WeightPart[];
  /** Number of words of codes in a row. */
  units: number;
  groups: { groupUnits: number; groupsPerRow: number };
}

/**
 * Records y ← α · x · Wᵀ (+ b) + β · y.
 * @throws LabError bad-input for an invalid α, β or block, or a K that does not match; unsupported for float16 on a device
 * without it; limit
 */
async function recordTernary(
  call: LinearCall,
  weight: TernaryWeight,
  product: TernaryProduct & Required<TernaryInput>,
): Promise<void> {
  const { gpu } = call;
  const { columns } = weight;
  const { activations, block } = product;
  const { variant = lowBitCandidates(gpu, call.rows, activations === 'float32')[0] } = product;
  const octets = readsOctets(variant);
  invariant(activations === 'float32' || !octets, `${weight.name}: ${variant} multiplies float32 rows`);
  const factors = factorChoice(product);
  checkColumns(call.x.width, weight);
  checkActivations(gpu, activations, block, columns);
  const kernel = { ...kernelOf(gpu, activations, variant), tile: LOW_BIT_TILES[variant] };
  for (const part of fittingCalls(call, activations, columns)) {
    const { bindings, x, blocks } = await recordStaged(part, activations, columns, block);
    await recordPieces(part, weight, {
      ...kernel,
      conditions: { ...kernel.conditions, ...factors.conditions },
      x: octets ? { stride: 4 * x.stride, column: 4 * x.column } : x,
      params: { ...weightParams(weight, blocks.blockUnits), ...blocks, ...factors.params },
      bindings: ({ buffers }) => ({ ...bindings, ...buffers }),
    });
  }
}

function kernelOf({ features, info }: Gpu, activations: TernaryActivations, variant: LowBitVariant) {
  const int8 = activations === 'int8';
  const half = activations === 'float16';
  return {
    module: `linear/ternary/${variant}`,
    conditions: {
      ...{ int8, half, dot4: int8 && features.dot4 },
      ...{ octets: readsOctets(variant), software: info.software },
    },
  };
}

function weightParams({ units, groups }: TernaryWeight, blockUnits: number): Record<string, number> {
  const segmentUnits = segmentWords(units, groups.groupUnits, blockUnits);
  return { units, quads: UNIT / 4, ...groups, segmentUnits, segments: Math.ceil(units / segmentUnits) };
}

/** Splits a call by rows so that the staged rows of each part fit one binding. */
function fittingCalls(call: LinearCall, kind: TernaryActivations, columns: number): LinearCall[] {
  if (readsInPlace(kind, call, columns)) return [call];
  const fit = Math.max(1, Math.floor(call.gpu.maxBindingBytes / stagedRowBytes(kind, columns)));
  return Array.from({ length: Math.ceil(call.rows / fit) }, (_, i) => ({
    ...call,
    x: fromRow(call.x, i * fit),
    y: fromRow(call.y, i * fit),
    rows: Math.min(fit, call.rows - i * fit),
  }));
}

/** Returns a view that starts at row `row`. */
function fromRow(view: ActivationView, row: number): ActivationView {
  return { ...view, column: view.column + row * view.stride };
}
