import { invariant } from '../../base/errors';
import {
  interpret,
  type ModelShape,
  type Ops,
  type Step,
  type StepOf,
  type Value,
} from '../../models/architecture';
import { allSteps, stepValues, valueWidths } from '../../models/program';
import { linear } from '../../runtime/reference/math';
import { ReferenceOps, type TensorValues } from '../../runtime/reference/ops';
import { backwardOf } from '../backward/registry';
import { IGNORE, type Outcome } from '../outcome';
import { attendBackward } from './attention';
import { embedBackward } from './embed';
import { geluDerivative } from './gelu';
import { layerNormBackward } from './layerNorm';
import { linearBackward } from './linear';
import { rowLoss } from './loss';
import { patchesBackward } from './patches';
import { positionsBackward } from './positions';
import { rmsNormBackward } from './rmsNorm';
import { rotaryBackward } from './rotary';
import { siluGateBackward } from './siluGate';

/** The rows of an activation. */
type Rows = Float64Array[];

export interface ReferenceBatch {
  /** Ids [sequences · length], or pixels [sequences, channels, size, size]. */
  input: ArrayLike<number>;
  targets: ArrayLike<number>;
  sequences: number;
  length: number;
  /** The teacher's logits, one row per target. */
  distillation?: { weight: number; temperature: number; teacher: Float64Array };
}

/**
 * Returns the mean loss of a batch and its gradient with respect to every tensor, canonical [out, in], in float64. The pass
 * on the GPU is tested against it.
 */
export async function referenceGradients(
  shape: ModelShape,
  tensor: TensorValues,
  batch: ReferenceBatch,
): Promise<Outcome & { gradients: Map<string, Float64Array> }> {
  const steps = allSteps(shape.program);
  const source = { values: batch.input, sequences: batch.sequences, length: batch.length };
  const ops = new ReferenceOps(shape, tensor, source);
  const widths = valueWidths(shape.program);
  const read: Map<string, Rows>[] = [];
  for (const step of steps) {
    const names = stepValues(step).reads.map(({ name }) => name);
    read.push(new Map(names.map((name) => [name, ops.rows({ name, width: widths.get(name)! })])));
    await interpret([step], ops);
  }
  const backward = new ReferenceBackward(shape, tensor, batch, ops.rows(shape.program.hidden).length);
  const outcome = await backward.head(ops.rows(shape.program.hidden));
  for (const [i, step] of [...steps.entries()].reverse()) {
    backward.read = read[i];
    await interpret([step], backward);
  }
  return { ...outcome, gradients: backward.gradients };
}

/** Runs a program backwards, one row at a time. The gradient of a name is that of its value after the current step. */
class ReferenceBackward implements Ops {
  /** The values that the current step read, as whole rows by name. */
  read = new Map<string, Rows>();
  readonly gradients: Map<string, Float64Array>;
  private readonly activationGradients: Map<string, Rows>;
  private readonly shape: ModelShape;
  private readonly tensor: TensorValues;
  private readonly batch: ReferenceBatch;
  private readonly length: number;

  constructor(shape: ModelShape, tensor: TensorValues, batch: ReferenceBatch, rows: number) {
    this.shape = shape;
    this.tensor = tensor;
    this.batch = batch;
    this.length = shape.image?.tokens ?? batch.length;
    this.gradients = new Map(
      shape.tensors.map(({ name, matrix: [out, inner] }) => [name, new Float64Array(out * inner)]),
    );
    const zeros = (width: number): Rows => Array.from({ length: rows }, () => new Float64Array(width));
    const widths = [...valueWidths(shape.program)];
    this.activationGradients = new Map(widths.map(([name, width]) => [name, zeros(width)]));
  }

  /** The forward and the backward pass of head and loss. */
  async head(hidden: Rows): Promise<Outcome> {
    const { weight: name, bias } = this.shape.program.head;
    const weight = await this.tensor(name);
    const biases = bias === undefined ? undefined : await this.tensor(bias);
    const targets = Array.from(this.batch.targets);
    const count = targets.filter((target) => target !== IGNORE).length;
    const dHidden = this.d(this.shape.program.hidden);
    const outcome = { loss: 0, nll: 0, correct: 0, count };
    targets.forEach((target, i) => {
      if (target === IGNORE) return;
      const row = this.shape.image ? i * this.length : i;
      const logits = linear(hidden[row], weight, hidden[row].length, biases);
      const { loss, nll, gradient } = rowLoss(logits, target, this.softened(i, logits.length));
      outcome.loss += loss / count;
      outcome.nll += nll / count;
      if (logits.indexOf(Math.max(...logits)) === target) outcome.correct++;
      linearBackward(
        hidden[row],
        gradient.map((v) => v / count),
        weight,
        { dx: dHidden[row], ...this.linearInto(name, bias) },
      );
    });
    return outcome;
  }

  async linear({ input, weight, bias, out }: StepOf<'linear'>): Promise<void> {
    const [x, dy, dx] = [this.values(input), this.taken(out), this.d(input)];
    const w = await this.tensor(weight);
    dy.forEach((row, t) => linearBackward(x[t], row, w, { dx: dx[t], ...this.linearInto(weight, bias) }));
  }

  async layerNorm({ input, weight, bias, epsilon, out }: StepOf<'layerNorm'>): Promise<void> {
    const [x, dy, dx] = [this.values(input), this.taken(out), this.d(input)];
    const w = await this.tensor(weight);
    const [dWeight, dBias] = [weight, bias].map((name) => this.gradients.get(name)!);
    dy.forEach((row, t) => layerNormBackward(x[t], row, w, epsilon, { dx: dx[t], dWeight, dBias }));
  }

  async rmsNorm({ input, weight, epsilon, out, heads = 1 }: StepOf<'rmsNorm'>): Promise<void> {
    const [x, dy, dx] = [this.values(input), this.taken(out), this.d(input)];
    const w = await this.tensor(weight);
    const dWeight = this.gradients.get(weight)!;
    const width = input.width / heads;
    for (let head = 0; head < heads; head++) {
      const own = (row: Float64Array) => row.subarray(head * width, (head + 1) * width);
      dy.forEach((row, t) => rmsNormBackward(own(x[t]), own(row), w, epsilon, { dx: own(dx[t]), dWeight }));
    }
  }

  attention(step: StepOf<'attention'>): void {
    const { headWidth, heads, causal, scale, window = Infinity } = step;
    const share = heads / step.keyValueHeads;
    const [q, k, v] = [step.query, step.key, step.value].map((value) => this.values(value));
    const [dq, dk, dv] = [step.query, step.key, step.value].map((value) => this.d(value));
    const own = (head: number) => (row: Float64Array) =>
      row.subarray(head * headWidth, (head + 1) * headWidth);
    this.taken(step.out).forEach((dOut, t) => {
      const start = t - (t % this.length);
      const first = Math.max(start, t + 1 - window);
      const last = causal ? t + 1 : start + this.length;
      for (let head = 0; head < heads; head++) {
        const shared = (rows: Rows) => rows.slice(first, last).map(own(Math.floor(head / share)));
        attendBackward(own(head)(q[t]), shared(k), shared(v), scale, own(head)(dOut), {
          ...{ dQuery: own(head)(dq[t]), dKeys: shared(dk), dValues: shared(dv) },
        });
      }
    });
  }

  gelu({ value, form }: StepOf<'gelu'>): void {
    const x = this.values(value);
    this.d(value).forEach((row, t) => row.forEach((dy, i) => (row[i] = dy * geluDerivative(x[t][i], form))));
  }

  siluGate({ gate, up, out }: StepOf<'siluGate'>): void {
    const [gates, ups, dOut] = [this.values(gate), this.values(up), this.taken(out)];
    const [dGates, dUps] = [this.d(gate), this.d(up)];
    dOut.forEach((row, t) =>
      row.forEach((dy, i) => {
        const { dGate, dUp } = siluGateBackward(gates[t][i], ups[t][i], dy);
        dGates[t][i] += dGate;
        dUps[t][i] += dUp;
      }),
    );
  }

  relu({ value }: StepOf<'relu'>): void {
    const x = this.values(value);
    this.d(value).forEach((row, t) => row.forEach((dy, i) => (row[i] = x[t][i] > 0 ? dy : 0)));
  }

  rotary({ value, ...rotation }: StepOf<'rotary'>): void {
    this.d(value).forEach((row, t) => row.set(rotaryBackward(row, rotation, t % this.length, this.length)));
  }

  embed({ table, out }: StepOf<'embed'>): void {
    embedBackward(this.batch.input, this.taken(out), this.gradients.get(table)!);
  }

  addPositions({ table, out, offset }: StepOf<'addPositions'>): void {
    positionsBackward(this.d(out), this.length, this.gradients.get(table)!, offset);
  }

  patches({ weight, bias, classToken, patch, channels, size, out }: StepOf<'patches'>): void {
    invariant(classToken !== undefined, 'only images with a class token are trained');
    const [dWeight, dBias, dClassToken] = [weight, bias, classToken].map((name) => this.gradients.get(name)!);
    const image = { images: this.batch.sequences, channels, size, patch };
    patchesBackward(this.batch.input, this.taken(out), image, { dWeight, dBias, dClassToken });
  }

  /** Pixels are data, so their gradient is dropped. */
  pixels({ out }: StepOf<'pixels'>): void {
    this.taken(out);
  }

  add({ input, out }: StepOf<'add'>): void {
    const into = this.d(input);
    this.d(out).forEach((row, t) => row.forEach((dy, i) => (into[t][i] += dy)));
  }

  // The operations of diffusion models have no backward pass, which the registry says by their names.
  readonly embedLabels = this.refuse.bind(this);
  readonly timeFeatures = this.refuse.bind(this);
  readonly addGridPositions = this.refuse.bind(this);
  readonly adaptiveNorm = this.refuse.bind(this);
  readonly silu = this.refuse.bind(this);
  readonly gatedAdd = this.refuse.bind(this);

  private refuse(step: Step): void {
    backwardOf(step, this.shape.architecture);
  }

  private softened(row: number, classes: number) {
    const { distillation } = this.batch;
    if (!distillation) return undefined;
    return { ...distillation, teacher: distillation.teacher.subarray(row * classes, (row + 1) * classes) };
  }

  private linearInto(weight: string, bias?: string): { dWeight: Float64Array; dBias?: Float64Array } {
    const dWeight = this.gradients.get(weight)!;
    return { dWeight, ...(bias !== undefined && { dBias: this.gradients.get(bias)! }) };
  }

  /** Returns a value that the step read, as views. */
  private values({ name, column = 0, width }: Value): Rows {
    return this.read.get(name)!.map((row) => row.subarray(column, column + width));
  }

  /** Returns the gradient of a value, as views that may be added to. */
  private d({ name, column = 0, width }: Value): Rows {
    return this.activationGradients.get(name)!.map((row) => row.subarray(column, column + width));
  }

  /** Takes the gradient of a value that the step overwrote whole; the old value's gradient is zero. */
  private taken(value: Value): Rows {
    return this.d(value).map((row) => {
      const copy = row.slice();
      row.fill(0);
      return copy;
    });
  }
}
