import { invariant } from '../../../base/errors';
import type { Gpu } from '../../../gpu/gpu';
import type { BindingValue } from '../../../gpu/recorder';
import type { ActivationView, LinearCall, LinearWeight } from '../linear';
import { chooseLowBitVariant, LOW_BIT_TILES, type LowBitVariant } from '../lowBitVariants';
import { linearPieces, pieceGrid, type Piece } from '../pieces';
import {
  checkActivations,
  DEFAULT_BLOCK,
  readsInPlace,
  recordStaged,
  stagedRowBytes,
  type ActivationBlock,
  type StagedActivations,
  type TernaryActivations,
} from './ternaryActivations';
import { checkColumns, productFactors, segmentWords, type ProductFactors } from './ternaryFactors';
import { checkTernary, groupInWords, groupsPerRow, UNIT, unitsOf, type TernaryMatrix } from './ternaryMatrix';
import { partBytes, releaseParts, uploadTernary, type TernaryPart } from './ternaryUpload';

/** How x enters the product. */
export interface TernaryInput {
  /** Default float32. */
  activations?: TernaryActivations;
  /** Columns of an int8 block; default 128. */
  block?: ActivationBlock;
}

export interface TernaryProduct extends TernaryInput, ProductFactors {
  /** For tests and timing; default: by adapter and rows. */
  variant?: LowBitVariant;
}

/**
 * A linear layer that multiplies straight from ternary codes; no dense copy ever exists. Weights over the binding limit
 * are split by rows. The caller keeps the bytes and owns the result: `dispose` frees it.
 * @param input what `record` does with activations; `recordTernary` chooses call by call
 * @throws LabError bad-file for bytes that do not fit the shape, bad-input for a group inside a word, unsupported, limit, out-of-memory
 */
export async function ternaryLinear(
  gpu: Gpu,
  matrix: TernaryMatrix,
  input: TernaryInput = {},
): Promise<LinearWeight> {
  checkTernary(matrix);
  const { activations = 'float32', block = DEFAULT_BLOCK } = input;
  checkActivations(gpu, activations, block, matrix.columns);
  const weight = new TernaryWeight(gpu, matrix, { activations, block });
  try {
    await gpu.buffers.settled();
  } catch (error) {
    weight.dispose();
    throw error;
  }
  return weight;
}

class TernaryWeight implements LinearWeight {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly bytes: number;
  readonly parts: readonly TernaryPart[];
  /** Words of codes of a row, and with one scale. */
  readonly units: number;
  readonly groupUnits: number;
  readonly groupsPerRow: number;
  readonly input: Required<TernaryInput>;
  private readonly gpu: Gpu;

  constructor(gpu: Gpu, matrix: TernaryMatrix, input: Required<TernaryInput>) {
    const { name, rows, columns, codes } = matrix;
    this.gpu = gpu;
    this.input = input;
    this.name = name;
    this.rows = rows;
    this.columns = columns;
    this.units = unitsOf(columns);
    this.groupUnits = groupInWords(matrix, UNIT);
    this.groupsPerRow = groupsPerRow(matrix);
    const rowBytes = 4 * this.units;
    this.parts = uploadTernary(gpu, matrix, rowBytes, (range) =>
      codes.subarray(range.firstRow * rowBytes, (range.firstRow + range.rows) * rowBytes),
    );
    this.bytes = partBytes(this.parts);
  }

  async record(call: LinearCall): Promise<void> {
    await recordTernary(call, this);
  }

  dispose(): void {
    releaseParts(this.gpu, this.parts);
  }
}

/**
 * Records y ← α · x · Wᵀ (+ b) + β · y for a weight made by `ternaryLinear`.
 * @throws LabError bad-input for an α, β or block that cannot be, or a K that does not match; unsupported for float16 on a device
 * without it; limit
 */
export async function recordTernary(
  call: LinearCall,
  weight: LinearWeight,
  product: TernaryProduct = {},
): Promise<void> {
  invariant(weight instanceof TernaryWeight, 'the weight is not ternary');
  const { activations, block } = { ...weight.input, ...product };
  const factors = productFactors(product);
  checkColumns(call.x.width, weight);
  checkActivations(call.gpu, activations, block, weight.columns);
  const variant = product.variant ?? chooseLowBitVariant(call.gpu, call.rows);
  for (const some of fittingCalls(call, activations, weight.columns)) {
    const staged = await recordStaged(some, activations, weight.columns, block);
    await recordStagedProduct(some, weight, staged, { activations, variant, ...factors });
  }
}

/** The call in runs of rows whose staged form fits one binding. */
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

/** A view without its first rows. */
function fromRow(view: ActivationView, row: number): ActivationView {
  return { ...view, column: view.column + row * view.stride };
}

interface Chosen extends Required<ProductFactors> {
  activations: TernaryActivations;
  variant: LowBitVariant;
}

async function recordStagedProduct(
  call: LinearCall,
  weight: TernaryWeight,
  staged: StagedActivations,
  { activations, variant, alpha, beta }: Chosen,
): Promise<void> {
  const { gpu, y, bias } = call;
  const tile = LOW_BIT_TILES[variant];
  const int8 = activations === 'int8';
  const conditions = {
    int8,
    half: activations === 'float16',
    dot4: int8 && gpu.features.dot4,
    bias: bias !== undefined,
    beta: beta !== 0,
    software: gpu.info.software,
  };
  const kernel = await gpu.kernels.get({ module: `linear/ternary/${variant}`, conditions });
  const shared: Record<string, BindingValue> = {
    ...staged.bindings,
    y: y.buffer,
    ...(bias && { bias: bias.parts[0].buffer }),
  };
  const params = { ...staged.params, ...weightParams(weight, staged.params.blockUnits), alpha, beta };
  for (const piece of linearPieces(call, weight, tile))
    call.recorder.dispatch(kernel, {
      params: { ...params, ...placeParams(call, piece) },
      bindings: { ...shared, codes: piece.part.codes, scales: piece.part.scales },
      ...pieceGrid(piece, weight.columns, tile),
    });
}

function weightParams({ units, groupsPerRow: groups, groupUnits }: TernaryWeight, blockUnits: number) {
  const segmentUnits = segmentWords(units, groupUnits, blockUnits);
  const segments = Math.ceil(units / segmentUnits);
  return { units, quads: UNIT / 4, groupsPerRow: groups, groupUnits, segmentUnits, segments };
}

function placeParams({ y }: LinearCall, piece: Piece<TernaryPart>) {
  return {
    firstRow: piece.firstRow,
    lastRow: piece.lastRow,
    firstOutput: piece.first,
    lastOutput: piece.last,
    yStride: y.stride,
    yColumn: y.column + piece.column,
    // The bias is indexed like W as a whole, whatever part or range is multiplied.
    biasColumn: piece.part.firstRow + piece.first,
  };
}
