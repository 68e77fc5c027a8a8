import type { Gpu } from '../../../gpu/gpu';
import { LabError } from '../../../base/errors';
import type { LinearCall, LinearWeight } from '../linear';
import { releaseMatrix, type DenseMatrix } from '../matrix';
import { inVectors, isVectorized } from '../../ops/context';
import { recordPieces } from '../pieces';
import { rememberedKernel, type ProductSizes } from '../tuningKey';
import {
  DENSE_VARIANTS,
  denseCandidates,
  denseKey,
  type DenseVariant,
  type DenseVariantName,
} from './denseVariants';

/** Chooses the kernel of a product. */
export type DenseChoice = (gpu: Gpu, sizes: ProductSizes) => DenseVariantName | Promise<DenseVariantName>;

/** The kernel that was the fastest for products of these sizes, otherwise by adapter and rows. */
export const rememberedDense: DenseChoice = (gpu, sizes) =>
  rememberedKernel(gpu, denseKey(gpu, sizes), denseCandidates(gpu, sizes));

/** A linear layer with a dense float32 matrix; disposing of it frees the matrix. */
export class DenseWeight implements LinearWeight {
  readonly rows: number;
  readonly columns: number;
  readonly bytes: number;
  private readonly gpu: Gpu;
  private readonly matrix: DenseMatrix;
  private readonly choose: DenseChoice;

  constructor(gpu: Gpu, matrix: DenseMatrix, choose: DenseChoice = rememberedDense) {
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

/** Records y = x · Wᵀ (+ b) with one variant, split so that no dispatch exceeds the cost limit. */
export async function recordDense(
  call: LinearCall,
  matrix: DenseMatrix,
  name: DenseVariantName,
): Promise<void> {
  const { x } = call;
  const { columns } = matrix;
  const { module, reads, ...tile }: DenseVariant = DENSE_VARIANTS[name];
  const vectors = reads === 'vec4' && isVectorized(columns, x.stride, x.column);
  const scalarX = reads === 'vec4 with scalar x';
  await recordPieces(call, matrix, {
    module,
    conditions: { vec4: vectors || scalarX, scalarX },
    tile,
    x: vectors ? inVectors(x) : x,
    params: { columns },
    bindings: (part) => ({ x: x.buffer, weight: part.buffer }),
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
