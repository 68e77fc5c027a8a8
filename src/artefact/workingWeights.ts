import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import type { WeightValues } from '../runtime/forward/weights';
import type { Matrix } from '../runtime/linear/matrix';
import type { Processor } from './processor';

/** The weights that a calibration walk needs at the moment, float32 as loaded or restored from their compressed form. */
export class WorkingWeights {
  /** The weights as a walk reads them. */
  readonly view: WeightValues;
  private readonly processor: Processor;
  private readonly model: Model;
  private readonly matrices = new Map<string, Matrix>();

  constructor(processor: Processor, model: Model) {
    this.processor = processor;
    this.model = model;
    this.view = processor.view((name) => this.matrices.get(name)!);
  }

  /** Loads the tensors that are not there yet. */
  async load(tensors: readonly TensorSpec[]): Promise<void> {
    for (const tensor of tensors)
      if (!this.matrices.has(tensor.name)) this.replaceValues(tensor, await this.model.tensor(tensor));
    await this.processor.settled();
  }

  /** Takes ownership of `matrix`. */
  replace(name: string, matrix: Matrix): void {
    this.free(name);
    this.matrices.set(name, matrix);
  }

  replaceValues({ name, matrix: [rows, columns] }: TensorSpec, values: Float32Array): void {
    this.replace(name, this.processor.matrix(values, rows, columns, name));
  }

  release(tensors: readonly TensorSpec[]): void {
    for (const { name } of tensors) this.free(name);
  }

  dispose(): void {
    for (const name of [...this.matrices.keys()]) this.free(name);
  }

  private free(name: string): void {
    const matrix = this.matrices.get(name);
    if (matrix) this.processor.release(matrix);
    this.matrices.delete(name);
  }
}
