import type { Gpu } from '../gpu/gpu';
import { LabError } from '../base/errors';
import { maxDispatchCost } from './cost';
import type { LinearCall, LinearWeight } from './linear';
import { releaseMatrix, type DenseMatrix, type MatrixPart } from './matrix';
import {
  DENSE_VARIANTS,
  denseCandidates,
  denseKernel,
  type DenseSizes,
  type DenseVariant,
  type DenseVariantName,
} from './denseVariants';

/** Outputs [first, last) of one part of the matrix, written to y from `column` on. */
interface PartRange {
  part: MatrixPart;
  first: number;
  last: number;
  column: number;
}

/** Picks the kernel for a product. */
export type DenseChoice = (gpu: Gpu, sizes: DenseSizes) => DenseVariantName | Promise<DenseVariantName>;

const defaultChoice: DenseChoice = (gpu, sizes) => denseCandidates(gpu, sizes)[0];

/** A dense float32 matrix as a linear layer; frees the matrix with it. */
export class DenseWeight implements LinearWeight {
  readonly rows: number;
  readonly columns: number;
  readonly bytes: number;
  private readonly gpu: Gpu;
  private readonly matrix: DenseMatrix;
  private readonly choose: DenseChoice;

  constructor(gpu: Gpu, matrix: DenseMatrix, choose: DenseChoice = defaultChoice) {
    this.gpu = gpu;
    this.matrix = matrix;
    this.choose = choose;
    this.rows = matrix.rows;
    this.columns = matrix.columns;
    this.bytes = 4 * matrix.rows * matrix.columns;
  }

  async record(call: LinearCall): Promise<void> {
    const sizes = { rows: call.rows, columns: this.columns, outputs: call.range?.rows ?? this.rows };
    await recordDense(call, this.matrix, await this.choose(this.gpu, sizes));
  }

  dispose(): void {
    releaseMatrix(this.gpu.buffers, this.matrix);
  }
}

/** Records y = x · Wᵀ + b by one variant, split so that no dispatch exceeds the cost limit. */
export async function recordDense(
  call: LinearCall,
  matrix: DenseMatrix,
  name: DenseVariantName,
): Promise<void> {
  const variant: DenseVariant = DENSE_VARIANTS[name];
  const { gpu, x, bias } = call;
  const kernel = await denseKernel(gpu, name, matrix.columns, x, bias !== undefined);
  for (const range of rangesOf(call, matrix))
    for (const piece of pieces(call, matrix, range, variant)) {
      const rows = piece.lastRow - piece.firstRow;
      const outputs = piece.last - piece.first;
      call.recorder.dispatch(kernel, {
        params: denseParams(call, matrix, piece),
        bindings: {
          x: x.buffer,
          weight: piece.part.buffer,
          y: call.y.buffer,
          ...(bias && { bias: bias.parts[0].buffer }),
        },
        workgroups: Math.ceil(rows / variant.tileRows) * Math.ceil(outputs / variant.tileOutputs),
        cost: 2 * rows * outputs * matrix.columns,
      });
    }
}

interface Piece extends PartRange {
  firstRow: number;
  lastRow: number;
}

function denseParams(call: LinearCall, matrix: DenseMatrix, piece: Piece): Record<string, number> {
  const { x, y } = call;
  return {
    firstRow: piece.firstRow,
    lastRow: piece.lastRow,
    firstOutput: piece.first,
    lastOutput: piece.last,
    columns: matrix.columns,
    xStride: x.stride,
    xColumn: x.column,
    yStride: y.stride,
    yColumn: y.column + piece.column,
    // The bias is indexed like W as a whole, whatever part or range is multiplied.
    biasColumn: piece.part.firstRow + piece.first,
  };
}

/** The wanted outputs, part by part. */
function rangesOf({ range }: LinearCall, matrix: DenseMatrix): PartRange[] {
  const from = range?.firstRow ?? 0;
  const to = from + (range?.rows ?? matrix.rows);
  return matrix.parts
    .map((part) => {
      const first = Math.max(from, part.firstRow) - part.firstRow;
      const last = Math.min(to, part.firstRow + part.rows) - part.firstRow;
      return { part, first, last, column: part.firstRow + first - from };
    })
    .filter(({ first, last }) => first < last);
}

/** Cuts a range by outputs, then by rows, into pieces of bounded cost. */
function pieces(call: LinearCall, matrix: DenseMatrix, range: PartRange, variant: DenseVariant): Piece[] {
  const limit = maxDispatchCost(call.gpu) / (2 * matrix.columns);
  const { tileOutputs, tileRows } = variant;
  const outputs = Math.max(tileOutputs, Math.floor(limit / call.rows / tileOutputs) * tileOutputs);
  const rows = Math.max(tileRows, Math.floor(limit / outputs / tileRows) * tileRows);
  const found: Piece[] = [];
  for (let first = range.first; first < range.last; first += outputs)
    for (let firstRow = 0; firstRow < call.rows; firstRow += rows)
      found.push({
        part: range.part,
        first,
        last: Math.min(range.last, first + outputs),
        column: range.column + first - range.first,
        firstRow,
        lastRow: Math.min(call.rows, firstRow + rows),
      });
  return found;
}

/** @throws LabError limit when an activation of `bytes` exceeds one binding */
export function checkActivation(gpu: Gpu, label: string, bytes: number): void {
  if (bytes <= gpu.maxBindingBytes) return;
  throw new LabError(
    'limit',
    `The activation ${label} takes ${bytes} bytes; this device binds at most ${gpu.maxBindingBytes} at once.`,
    'Use a shorter context or fewer sequences at a time.',
  );
}
