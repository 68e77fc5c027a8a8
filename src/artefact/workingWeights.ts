import type { Gpu } from '../gpu/gpu';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import type { WeightsByName } from '../runtime/forward/weights';
import { DenseWeight } from '../runtime/linear/dense/dense';
import type { LinearWeight } from '../runtime/linear/linear';
import { releaseMatrix, uploadMatrix, type DenseMatrix } from '../runtime/linear/matrix';

/** The weights that a calibration walk needs at the moment, float32 as loaded or restored from their compressed form. */
export class WorkingWeights implements WeightsByName {
  private readonly gpu: Gpu;
  private readonly model: Model;
  private readonly matrices = new Map<string, DenseMatrix>();

  constructor(gpu: Gpu, model: Model) {
    this.gpu = gpu;
    this.model = model;
  }

  /** Uploads the tensors that are not on the GPU yet. */
  async load(tensors: readonly TensorSpec[]): Promise<void> {
    for (const tensor of tensors)
      if (!this.matrices.has(tensor.name)) this.replaceValues(tensor, await this.model.tensor(tensor));
    await this.gpu.buffers.settled();
  }

  /** Takes ownership of `matrix`. */
  replace(name: string, matrix: DenseMatrix): void {
    this.free(name);
    this.matrices.set(name, matrix);
  }

  replaceValues({ name, matrix: [rows, columns] }: TensorSpec, values: Float32Array): void {
    this.replace(name, uploadMatrix(this.gpu, values, rows, columns, name));
  }

  release(tensors: readonly TensorSpec[]): void {
    for (const { name } of tensors) this.free(name);
  }

  linear(name: string): LinearWeight {
    return new DenseWeight(this.gpu, this.table(name));
  }

  table(name: string): DenseMatrix {
    return this.matrices.get(name)!;
  }

  dispose(): void {
    for (const name of [...this.matrices.keys()]) this.free(name);
  }

  private free(name: string): void {
    const matrix = this.matrices.get(name);
    if (matrix) releaseMatrix(this.gpu.buffers, matrix);
    this.matrices.delete(name);
  }
}
