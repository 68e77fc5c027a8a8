import { invariant } from '../../base/errors';
import type { Conditions, ModelShape, Ops, StepOf, Value } from '../../models/architecture';
import { parametersAt, roundedInput, type TimeRounding } from '../../models/inputRounding';
import { gridPositions, timeFeatures } from '../../models/sinusoids';
import { adaptiveNorm, attend, gelu, layerNorm, linear, rmsNorm, rotary, silu } from './math';

/** What a pass of the reference reads. */
export interface PassInput {
  /** Ids [sequences · length] or pixels [sequences, channels, size, size]. */
  values: ArrayLike<number>;
  sequences: number;
  length: number;
  /** Time steps and labels, of a diffusion model only. */
  conditions?: Conditions;
  /** How some layers of a diffusion model round their input, by the names of their weights. */
  timeRounding?: ReadonlyMap<string, TimeRounding>;
}

/** Returns the values of a tensor, canonical [out, in]. */
export type TensorValues = (name: string) => Promise<Float32Array | Float64Array>;

/** Runs a program in plain TypeScript and float64, one row at a time. The kernels are tested against it. */
export class ReferenceOps implements Ops {
  private readonly values = new Map<string, Float64Array[]>();
  private readonly input: ArrayLike<number>;
  private readonly sequences: number;
  private readonly length: number;
  private readonly conditions: Conditions | undefined;
  private readonly timeRounding: PassInput['timeRounding'];
  private readonly tensor: TensorValues;

  constructor(shape: ModelShape, tensor: TensorValues, input: PassInput) {
    this.tensor = tensor;
    this.input = input.values;
    this.sequences = input.sequences;
    this.length = shape.image?.tokens ?? input.length;
    this.conditions = input.conditions;
    this.timeRounding = input.timeRounding;
  }

  /** The rows of a value, or of a range of its columns. */
  rows({ name, column = 0, width }: Value): Float64Array[] {
    return (this.values.get(name) ?? []).map((row) => row.slice(column, column + width));
  }

  /** The rows of a value as a layer multiplies them. */
  inputRows(value: Value, weight: string): Float64Array[] {
    const rows = this.rows(value);
    const rounding = this.timeRounding?.get(weight);
    if (!rounding || rounding.times.length === 0) return rows;
    const perImage = rows.length / this.sequences;
    return rows.map((row, t) => {
      const timestep = this.given().timesteps[Math.floor(t / perImage)];
      const parameters = parametersAt(rounding, timestep);
      return row.map((x) => roundedInput(x, parameters, rounding.maxCode));
    });
  }

  /** Replaces the rows of a range of columns. */
  set({ name, column = 0, width }: Value, rows: Float64Array[]): void {
    const old = this.values.get(name);
    const merged = rows.map((row, t) => {
      const whole = new Float64Array(Math.max(column + width, old?.[t]?.length ?? 0));
      if (old?.[t]) whole.set(old[t]);
      whole.set(row, column);
      return whole;
    });
    this.values.set(name, merged);
  }

  async embed({ table, out }: StepOf<'embed'>): Promise<void> {
    const values = await this.tensor(table);
    this.set(
      out,
      Array.from(this.input, (id) => rowOf(values, id, out.width)),
    );
  }

  async embedLabels({ table, out }: StepOf<'embedLabels'>): Promise<void> {
    const values = await this.tensor(table);
    this.set(
      out,
      Array.from(this.given().labels, (label) => rowOf(values, label, out.width)),
    );
  }

  timeFeatures({ out }: StepOf<'timeFeatures'>): void {
    this.set(
      out,
      Array.from(this.given().timesteps, (t) => timeFeatures(t, out.width)),
    );
  }

  private given(): Conditions {
    invariant(this.conditions, 'the input has no time steps and labels');
    return this.conditions;
  }

  async addPositions({ table, out, offset = 0 }: StepOf<'addPositions'>): Promise<void> {
    const values = await this.tensor(table);
    const positions = this.rows(out).map((row, t) =>
      sum(row, rowOf(values, offset + (t % this.length), out.width)),
    );
    this.set(out, positions);
  }

  addGridPositions({ across, out }: StepOf<'addGridPositions'>): void {
    const positions = gridPositions(across, out.width);
    const place = (t: number) => rowOf(positions, t % this.length, out.width);
    this.set(
      out,
      this.rows(out).map((row, t) => sum(row, place(t))),
    );
  }

  async patches(step: StepOf<'patches'>): Promise<void> {
    const { channels, patch, size, out } = step;
    const weight = await this.tensor(step.weight);
    const bias = await this.tensor(step.bias);
    const classToken =
      step.classToken === undefined ? undefined : Float64Array.from(await this.tensor(step.classToken));
    const across = size / patch;
    const rows: Float64Array[] = [];
    for (let image = 0; image < this.sequences; image++) {
      if (classToken) rows.push(classToken);
      for (let p = 0; p < across * across; p++)
        rows.push(linear(this.patchPixels(image, p, step), weight, channels * patch * patch, bias));
    }
    this.set(out, rows);
  }

  /** Returns the pixels of one patch in the order of a convolution's weight: channel, y, x. */
  private patchPixels(image: number, p: number, { channels, patch, size }: StepOf<'patches'>): Float64Array {
    const across = size / patch;
    const top = Math.floor(p / across) * patch;
    const left = (p % across) * patch;
    const pixels: number[] = [];
    for (let c = 0; c < channels; c++)
      for (let y = top; y < top + patch; y++)
        for (let x = left; x < left + patch; x++)
          pixels.push(this.input[((image * channels + c) * size + y) * size + x]);
    return Float64Array.from(pixels);
  }

  pixels({ out }: StepOf<'pixels'>): void {
    const image = (i: number) =>
      Float64Array.from({ length: out.width }, (_, p) => this.input[i * out.width + p]);
    this.set(
      out,
      Array.from({ length: this.sequences }, (_, i) => image(i)),
    );
  }

  async layerNorm({ input, weight, bias, epsilon, out }: StepOf<'layerNorm'>): Promise<void> {
    const w = await this.tensor(weight);
    const b = await this.tensor(bias);
    this.set(
      out,
      this.rows(input).map((row) => layerNorm(row, w, b, epsilon)),
    );
  }

  adaptiveNorm({ input, shift, scale, epsilon, out }: StepOf<'adaptiveNorm'>): void {
    const shifts = this.rows(shift);
    const scales = this.rows(scale);
    const normed = (row: Float64Array, t: number) => {
      const s = this.sequenceOf(t);
      return adaptiveNorm(row, shifts[s], scales[s], epsilon);
    };
    this.set(out, this.rows(input).map(normed));
  }

  private sequenceOf(token: number): number {
    return Math.floor(token / this.length);
  }

  async rmsNorm({ input, weight, epsilon, out, heads = 1 }: StepOf<'rmsNorm'>): Promise<void> {
    const w = await this.tensor(weight);
    const width = input.width / heads;
    const normed = (row: Float64Array) =>
      Array.from({ length: heads }, (_, h) => [
        ...rmsNorm(row.slice(h * width, (h + 1) * width), w, epsilon),
      ]);
    this.set(
      out,
      this.rows(input).map((row) => Float64Array.from(normed(row).flat())),
    );
  }

  async linear({ input, weight, bias, out }: StepOf<'linear'>): Promise<void> {
    const w = await this.tensor(weight);
    const b = bias === undefined ? undefined : await this.tensor(bias);
    this.set(
      out,
      this.inputRows(input, weight).map((row) => linear(row, w, input.width, b)),
    );
  }

  rotary({ value, ...rotation }: StepOf<'rotary'>): void {
    const rows = this.rows(value);
    this.set(
      value,
      rows.map((row, t) => rotary(row, rotation, t % this.length, this.length)),
    );
  }

  attention(step: StepOf<'attention'>): void {
    const queries = this.rows(step.query);
    const keys = this.rows(step.key);
    const values = this.rows(step.value);
    const { headWidth, causal, scale, window = Infinity } = step;
    const share = step.heads / step.keyValueHeads;
    const out = queries.map((query, t) => {
      const start = t - (t % this.length);
      const first = Math.max(start, t + 1 - window);
      const last = causal ? t + 1 : start + this.length;
      const heads = Array.from({ length: step.heads }, (_, h) => {
        const own = (row: Float64Array, head: number) => row.slice(head * headWidth, (head + 1) * headWidth);
        const kv = Math.floor(h / share);
        const seenKeys = keys.slice(first, last).map((row) => own(row, kv));
        const seenValues = values.slice(first, last).map((row) => own(row, kv));
        return [...attend(own(query, h), seenKeys, seenValues, scale)];
      });
      return Float64Array.from(heads.flat());
    });
    this.set(step.out, out);
  }

  gelu({ value, form }: StepOf<'gelu'>): void {
    this.set(
      value,
      this.rows(value).map((row) => row.map((x) => gelu(x, form))),
    );
  }

  silu({ value }: StepOf<'silu'>): void {
    this.set(
      value,
      this.rows(value).map((row) => row.map(silu)),
    );
  }

  relu({ value }: StepOf<'relu'>): void {
    this.set(
      value,
      this.rows(value).map((row) => row.map((x) => Math.max(x, 0))),
    );
  }

  siluGate({ gate, up, out }: StepOf<'siluGate'>): void {
    const ups = this.rows(up);
    this.set(
      out,
      this.rows(gate).map((row, t) => row.map((x, i) => silu(x) * ups[t][i])),
    );
  }

  add({ input, out }: StepOf<'add'>): void {
    const rows = this.rows(input);
    this.set(
      out,
      this.rows(out).map((row, t) => sum(row, rows[t])),
    );
  }

  gatedAdd({ input, gate, out }: StepOf<'gatedAdd'>): void {
    const rows = this.rows(input);
    const gates = this.rows(gate);
    const gated = (t: number) => rows[t].map((x, i) => gates[this.sequenceOf(t)][i] * x);
    this.set(
      out,
      this.rows(out).map((row, t) => sum(row, gated(t))),
    );
  }
}

function rowOf(values: Float32Array | Float64Array, row: number, width: number): Float64Array {
  return Float64Array.from(values.subarray(row * width, (row + 1) * width));
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((v, i) => v + b[i]);
}
