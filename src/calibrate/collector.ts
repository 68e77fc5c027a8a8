import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import { recordDense } from '../runtime/linear/dense/dense';
import { denseCandidates } from '../runtime/linear/dense/denseVariants';
import type { ActivationView } from '../runtime/linear/linear';
import { allocateMatrix, releaseMatrix, type DenseMatrix } from '../runtime/linear/matrix';
import type { LayerInputs } from './inputs';

const WORKGROUP = 64;

/**
 * Accumulates the statistics of one activation over the batches of a recording that is run once per batch: XᵀX, computed with
 * the kernels of linear layers from a transposed copy of X, and Σ|x| and max|x| of each column.
 */
export class InputCollector {
  private readonly gpu: Gpu;
  private readonly columns: number;
  private readonly samples: number;
  private readonly gram: DenseMatrix;
  private readonly sums: GPUBuffer;
  private readonly largest: GPUBuffer;
  private isFinished = false;

  /** @param samples number of rows of X over all batches */
  constructor(gpu: Gpu, columns: number, samples: number) {
    this.gpu = gpu;
    this.columns = columns;
    this.samples = samples;
    this.gram = allocateMatrix(gpu, columns, columns, 'Gram matrix');
    this.sums = gpu.buffers.allocate(4 * columns, 'sums of |x|');
    this.largest = gpu.buffers.allocate(4 * columns, 'largest |x|');
  }

  /**
   * Records the contribution of a batch.
   * @param scope owns the copies of the activation
   * @param rows number of rows of the batch
   */
  async record(recorder: Recorder, scope: BufferScope, x: ActivationView, rows: number): Promise<void> {
    const { columns } = this;
    const { stride, column } = x;
    await recorder.dispatch('calibrate/columns', {
      params: { rows, columns, stride, column },
      bindings: { x: x.buffer, sums: this.sums, largest: this.largest },
      workgroups: Math.ceil(columns / WORKGROUP),
      cost: 4 * rows * columns,
    });
    const transposed = scope.allocate(4 * rows * columns, 'transposed activation');
    await recorder.dispatch('calibrate/transpose', {
      params: { rows, columns, stride, column },
      bindings: { x: x.buffer, out: transposed },
      workgroups: Math.ceil((rows * columns) / WORKGROUP),
      cost: 4 * rows * columns,
    });
    await this.recordGram(recorder, scope, transposed, rows);
  }

  private async recordGram(
    recorder: Recorder,
    scope: BufferScope,
    transposed: GPUBuffer,
    rows: number,
  ): Promise<void> {
    const { gpu, columns } = this;
    const label = 'transposed activation';
    const weight = {
      label,
      rows: columns,
      columns: rows,
      parts: [{ buffer: transposed, firstRow: 0, rows: columns }],
    };
    const x = { buffer: transposed, stride: rows, column: 0, width: rows };
    for (const part of this.gram.parts) {
      const sizes = { rows: columns, columns: rows, outputs: part.rows };
      const product = scope.allocate(4 * columns * part.rows, 'XᵀX of a batch');
      const y = { buffer: product, stride: part.rows, column: 0, width: part.rows };
      const range = { firstRow: part.firstRow, rows: part.rows };
      await recordDense(
        { gpu, recorder, x, y, rows: columns, range },
        weight,
        denseCandidates(gpu, sizes)[0],
      );
      await recorder.dispatch('calibrate/accumulate', {
        params: { rows: part.rows, columns, scale: 1 / this.samples },
        bindings: { product, gram: part.buffer },
        workgroups: Math.ceil((part.rows * columns) / WORKGROUP),
        cost: 4 * part.rows * columns,
      });
    }
  }

  /** Returns the statistics after every batch has run. The caller takes ownership of the Gram matrix. */
  async finish(): Promise<LayerInputs> {
    const { gpu, columns, samples, gram } = this;
    const sums = new Float32Array(await gpu.stream.read(this.sums, 4 * columns));
    const maxAbs = new Float32Array(await gpu.stream.read(this.largest, 4 * columns));
    this.isFinished = true;
    return { columns, samples, gram, meanAbs: sums.map((sum) => sum / samples), maxAbs };
  }

  /** Frees everything except a Gram matrix that `finish` returned. */
  dispose(): void {
    this.gpu.buffers.release(this.sums);
    this.gpu.buffers.release(this.largest);
    if (!this.isFinished) releaseMatrix(this.gpu.buffers, this.gram);
  }
}
