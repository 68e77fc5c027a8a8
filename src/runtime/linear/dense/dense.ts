import type { Gpu } from '../../../gpu/gpu';
import { LabError } from '../../../base/errors';
import type { LinearCall, LinearWeight } from '../linear';
import { releaseMatrix, type DenseMatrix } from '../matrix';
import { linearPieces, pieceGrid, pieceParams } from '../pieces';
import {
  DENSE_VARIANTS,
  denseCandidates,
  denseKernel,
  type DenseSizes,
  type DenseVariant,
  type DenseVariantName,
} from './denseVariants';

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
  for (const piece of linearPieces(call, matrix, variant))
    call.recorder.dispatch(kernel, {
      params: pieceParams(call, matrix.columns, piece),
      bindings: {
        x: x.buffer,
        weight: piece.part.buffer,
        y: call.y.buffer,
        ...(bias && { bias: bias.parts[0].buffer }),
      },
      ...pieceGrid(piece, matrix.columns, variant),
    });
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
