import { invariant, throwIfAborted } from '../base/errors';
import { interpret, type Ops, type StepOf, type TensorSpec, type Value } from '../models/architecture';
import { allSteps, valueWidths } from '../models/layout';
import type { Model } from '../models/model';
import * as math from '../runtime/reference/math';

/**
 * Logits by plain loops in float64, one array per head row: every token of a language model, the class token of an image. Slow:
 * for a few tokens of a small model, as the reference a forward pass is checked against before it is timed.
 * @param input token ids of one sequence, or normalised pixels of one image
 */
export async function referenceLogits(
  model: Model,
  input: ArrayLike<number>,
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const { program, image } = model.shape;
  const ops = new ReferenceOps(model, input, image ? image.tokens : input.length, signal);
  await interpret(allSteps(program), ops);
  const rows = ops.read(program.hidden).slice(0, image ? 1 : undefined);
  const { weight, bias } = program.head;
  return ops.affine(rows, weight, bias);
}

class ReferenceOps implements Ops {
  private readonly model: Model;
  private readonly input: ArrayLike<number>;
  private readonly signal?: AbortSignal;
  private readonly specs: ReadonlyMap<string, TensorSpec>;
  private readonly rows = new Map<string, Float64Array[]>();

  constructor(model: Model, input: ArrayLike<number>, tokens: number, signal?: AbortSignal) {
    this.model = model;
    this.input = input;
    this.signal = signal;
    this.specs = new Map(model.shape.tensors.map((spec) => [spec.name, spec]));
    for (const [name, width] of valueWidths(model.shape.program))
      this.rows.set(
        name,
        Array.from({ length: tokens }, () => new Float64Array(width)),
      );
  }

  /** Views of the columns, one per token: writing to them writes the activation. */
  read({ name, column = 0, width }: Value): Float64Array[] {
    return this.rows.get(name)!.map((row) => row.subarray(column, column + width));
  }

  async affine(rows: readonly Float64Array[], weight: string, bias?: string): Promise<Float64Array[]> {
    throwIfAborted(this.signal);
    const values = await this.tensor(weight);
    const offset = bias === undefined ? undefined : await this.tensor(bias);
    return rows.map((row) => math.linear(row, values, row.length, offset));
  }

  async embed({ table, out }: StepOf<'embed'>): Promise<void> {
    const values = await this.tensor(table);
    this.map(out, (_, token) => {
      const first = this.input[token] * out.width;
      return values.subarray(first, first + out.width);
    });
  }

  async addPositions({ table, out }: StepOf<'addPositions'>): Promise<void> {
    const values = await this.tensor(table);
    this.map(out, (row, token) => row.map((v, i) => v + values[token * out.width + i]));
  }

  async patches(step: StepOf<'patches'>): Promise<void> {
    const pixels = Array.from({ length: (step.size / step.patch) ** 2 }, (_, p) => this.patch(step, p));
    const projected = await this.affine(pixels, step.weight, step.bias);
    const classToken = await this.tensor(step.classToken);
    this.map(step.out, (_, token) => (token === 0 ? classToken : projected[token - 1]));
  }

  async layerNorm({ input, weight, bias, epsilon, out }: StepOf<'layerNorm'>): Promise<void> {
    const [w, b] = [await this.tensor(weight), await this.tensor(bias)];
    const rows = this.read(input);
    this.map(out, (_, token) => math.layerNorm(rows[token], w, b, epsilon));
  }

  async rmsNorm({ input, weight, epsilon, out }: StepOf<'rmsNorm'>): Promise<void> {
    const w = await this.tensor(weight);
    const rows = this.read(input);
    this.map(out, (_, token) => math.rmsNorm(rows[token], w, epsilon));
  }

  async linear({ input, weight, bias, out }: StepOf<'linear'>): Promise<void> {
    const rows = await this.affine(this.read(input), weight, bias);
    this.map(out, (_, token) => rows[token]);
  }

  rotary({ value, heads, headWidth, theta }: StepOf<'rotary'>): void {
    this.map(value, (row, token) => math.rotary(row, heads, headWidth, theta, token));
  }

  attention(step: StepOf<'attention'>): void {
    const { heads, keyValueHeads, headWidth, causal, scale } = step;
    const head = (rows: Float64Array[], h: number) =>
      rows.map((row) => row.subarray(h * headWidth, (h + 1) * headWidth));
    const out = this.read(step.out);
    const [queries, keys, values] = [step.query, step.key, step.value].map((v) => this.read(v));
    for (let h = 0; h < heads; h++) {
      const shared = Math.floor((h * keyValueHeads) / heads);
      const [q, k, v] = [head(queries, h), head(keys, shared), head(values, shared)];
      q.forEach((query, token) => {
        const seen = causal ? token + 1 : k.length;
        const mixed = math.attend(query, k.slice(0, seen), v.slice(0, seen), scale);
        out[token].set(mixed, h * headWidth);
      });
    }
  }

  gelu({ value, form }: StepOf<'gelu'>): void {
    this.map(value, (row) => row.map((x) => math.gelu(x, form)));
  }

  siluGate({ gate, up, out }: StepOf<'siluGate'>): void {
    const [gates, ups] = [this.read(gate), this.read(up)];
    this.map(out, (_, token) => gates[token].map((g, i) => math.silu(g) * ups[token][i]));
  }

  add({ input, out }: StepOf<'add'>): void {
    const rows = this.read(input);
    this.map(out, (row, token) => row.map((v, i) => v + rows[token][i]));
  }

  /** Row-major pixels of patch p as the projection's columns: [channel, row, column]. */
  private patch({ size, patch, channels }: StepOf<'patches'>, p: number): Float64Array {
    const across = size / patch;
    const [top, left] = [Math.floor(p / across) * patch, (p % across) * patch];
    return Float64Array.from({ length: channels * patch * patch }, (_, i) => {
      const channel = Math.floor(i / patch ** 2);
      const row = top + (Math.floor(i / patch) % patch);
      return this.input[(channel * size + row) * size + left + (i % patch)];
    });
  }

  private map(value: Value, f: (row: Float64Array, token: number) => ArrayLike<number>): void {
    this.read(value).forEach((row, token) => row.set(f(row, token)));
  }

  private tensor(name: string): Promise<Float32Array> {
    const spec = this.specs.get(name);
    invariant(spec, `the program names "${name}", which the model does not have`);
    return this.model.tensor(spec);
  }
}
