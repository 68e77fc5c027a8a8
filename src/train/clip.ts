import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { RecordContext } from '../runtime/ops/context';
import { dispatchRanges } from '../gpu/dispatchCost';

/** Number of values that one thread adds on each of two levels. */
const FAN_IN = 64;
/** Number of values that one workgroup of the first level covers. */
const BLOCK = FAN_IN * FAN_IN;
/** The epsilon of torch.nn.utils.clip_grad_norm_. */
const EPSILON = 1e-6;

/** Returns the factor that scales gradients with this common norm down to at most `maxNorm`. */
export function clipFactor(norm: number, maxNorm: number): number {
  return Math.min(1, maxNorm / (norm + EPSILON));
}

/**
 * The Euclidean norm of several buffers together. Squares are added on the GPU in a fixed order, 4,096 at a time in float32,
 * and those sums on the host in float64.
 */
export class GradientNorm {
  private readonly gpu: Gpu;
  private readonly sums: GPUBuffer;
  private readonly parts: GPUBuffer;
  private readonly inputs: readonly { buffer: GPUBuffer; count: number; firstBlock: number }[];
  private readonly blocks: number;

  constructor(gpu: Gpu, scope: BufferScope, inputs: readonly { buffer: GPUBuffer; count: number }[]) {
    let blocks = 0;
    this.gpu = gpu;
    this.inputs = inputs.map((input) => {
      const firstBlock = blocks;
      blocks += Math.ceil(input.count / BLOCK);
      return { ...input, firstBlock };
    });
    this.blocks = blocks;
    const largest = Math.max(...inputs.map(({ count }) => count));
    this.parts = scope.allocate(4 * FAN_IN * Math.ceil(largest / BLOCK), 'squares');
    this.sums = scope.allocate(4 * blocks, 'sums of squares');
  }

  async record(context: RecordContext): Promise<void> {
    for (const { buffer, count, firstBlock } of this.inputs) {
      const blocks = Math.ceil(count / BLOCK);
      const fixed = { input: buffer, out: this.parts };
      await this.recordLevel(context, 'squares', fixed, { count, outFirst: 0 }, blocks, 2 * BLOCK);
      const parts = { input: this.parts, out: this.sums };
      const sums = { count: FAN_IN * blocks, outFirst: firstBlock };
      await this.recordLevel(context, 'sums', parts, sums, Math.ceil(blocks / FAN_IN), BLOCK);
    }
  }

  /** Reads the norm as of the last run of the recording. It is not finite if a gradient is not, or the squares overflow. */
  async read(): Promise<number> {
    const sums = new Float32Array(await this.gpu.stream.read(this.sums, 4 * this.blocks));
    return Math.sqrt(sums.reduce((total, sum) => total + sum, 0));
  }

  private async recordLevel(
    { gpu, recorder }: RecordContext,
    entry: string,
    bindings: Record<string, GPUBuffer>,
    params: { count: number; outFirst: number },
    workgroups: number,
    costEach: number,
  ): Promise<void> {
    const kernel = { module: 'train/norm', entry };
    for (const { first, last, cost } of dispatchRanges(gpu, workgroups, costEach, 1))
      await recorder.dispatch(kernel, {
        params: { ...params, firstGroup: first },
        bindings,
        workgroups: last - first,
        cost,
      });
  }
}
