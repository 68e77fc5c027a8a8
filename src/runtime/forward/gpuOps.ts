import { invariant } from '../../base/errors';
import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { Recorder } from '../../gpu/recorder';
import type { Ops, Program, StepOf, Value } from '../../models/architecture';
import { gridPositions } from '../../models/sinusoids';
import { Activations, type ActivationViews } from './activations';
import { checkActivation } from '../linear/dense/dense';
import type { ActivationView } from '../linear/linear';
import { recordAppend, recordAttention } from '../ops/attention';
import { wholeView, type TokenLayout } from '../ops/context';
import { recordAdd, recordGelu, recordRelu, recordSilu, recordSiluGate } from '../ops/elementwise';
import { recordEmbed, recordPositions } from '../ops/embed';
import { recordAdaptiveNorm, recordLayerNorm, recordRmsNorm } from '../ops/norm';
import { recordGatherPatches, recordPlacePatches } from '../ops/patches';
import { recordRotary, RotaryTables } from '../ops/rotary';
import type { ConditionBuffers } from './conditions';
import type { WeightsByName } from './weights';

/** Keys and values of one attention layer, each [sequences, capacity, width]. */
export interface LayerCache {
  key: GPUBuffer;
  value: GPUBuffer;
  capacity: number;
}

export interface GpuOpsOptions {
  gpu: Gpu;
  recorder: Recorder;
  /** Owns the activations and tables. */
  scope: BufferScope;
  weights: WeightsByName;
  program: Program;
  layout: TokenLayout;
  /** Token ids u32 [tokens], or pixels float32 [images, channels, size, size]. */
  input: GPUBuffer;
  /** Absent for all but diffusion models. */
  conditions?: ConditionBuffers;
  /** Number of positions the rotary table covers. */
  positions: number;
  /** Number of leading positions that are computed together (see `RotaryPositions`); default: all. */
  together?: number;
  /** The cache of each attention layer, to which keys and values are appended and from which they are read. */
  cache?: readonly LayerCache[];
  /** Places of the values; default: shared buffers. A backward pass gives its own, which keep what it reads. */
  activations?: ActivationViews;
}

/** Records a program as GPU commands. */
export class GpuOps implements Ops {
  private readonly o: GpuOpsOptions;
  private readonly tokens: number;
  private readonly activations: ActivationViews;
  private readonly rotaryTables: RotaryTables;

  /** @throws LabError limit when an activation exceeds one binding */
  constructor(options: GpuOpsOptions) {
    const { gpu, scope, program, layout } = options;
    this.o = options;
    this.tokens = layout.sequences * layout.length;
    this.activations = options.activations ?? new Activations(gpu, scope, program, this.tokens);
    this.rotaryTables = new RotaryTables(
      { count: options.positions, together: options.together },
      (table) => {
        checkActivation(gpu, 'rotary angles', table.byteLength);
        return scope.upload(table, 'rotary angles');
      },
    );
  }

  view(value: Value): ActivationView {
    return this.activations.view(value);
  }

  async embed({ table, out }: StepOf<'embed'>): Promise<void> {
    const { weights, input } = this.o;
    await recordEmbed(this.o, weights.table(table), input, this.view(out), this.tokens);
  }

  async embedLabels({ table, out }: StepOf<'embedLabels'>): Promise<void> {
    const { weights, layout } = this.o;
    await recordEmbed(
      this.o,
      weights.table(table),
      this.conditions().labels,
      this.view(out),
      layout.sequences,
    );
  }

  timeFeatures({ out }: StepOf<'timeFeatures'>): void {
    this.copyInput('time features', this.conditions().time, out);
  }

  private conditions(): ConditionBuffers {
    invariant(this.o.conditions, 'the recording has no time steps and labels');
    return this.o.conditions;
  }

  async addGridPositions({ across, out }: StepOf<'addGridPositions'>): Promise<void> {
    const { scope, layout } = this.o;
    const label = 'grid positions';
    const [rows, columns] = [across * across, out.width];
    checkActivation(this.o.gpu, label, 4 * rows * columns);
    const buffer = scope.upload(Float32Array.from(gridPositions(across, columns)), label);
    const table = { label, rows, columns, parts: [{ buffer, firstRow: 0, rows }] };
    await recordPositions(this.o, table, this.view(out), layout);
  }

  async addPositions({ table, out, offset }: StepOf<'addPositions'>): Promise<void> {
    await recordPositions(this.o, this.o.weights.table(table), this.view(out), this.o.layout, offset);
  }

  /** The strided convolution is computed as a linear layer over gathered patches. */
  async patches(step: StepOf<'patches'>): Promise<void> {
    const { gpu, recorder, weights, layout } = this.o;
    const weight = weights.linear(step.weight);
    const images = layout.sequences;
    const rows = images * (step.size / step.patch) ** 2;
    const gathered = this.scratch(rows, weight.columns, 'patches');
    const out = this.view(step.out);
    const projected =
      step.classToken === undefined ? out : this.scratch(rows, step.out.width, 'projected patches');
    const image = { images, channels: step.channels, size: step.size, patch: step.patch };
    await recordGatherPatches(this.o, this.o.input, gathered, image);
    const bias = weights.table(step.bias);
    await weight.record({ gpu, recorder, x: gathered, y: projected, rows, bias });
    if (step.classToken === undefined) return;
    const classToken = weights.table(step.classToken);
    await recordPlacePatches(this.o, projected.buffer, classToken, out, image);
  }

  /** Copies the images, so that the input can change while the activation is in use. */
  pixels({ out }: StepOf<'pixels'>): void {
    this.copyInput('pixels', this.o.input, out);
  }

  /** Copies an input [sequences, width] into an activation. */
  private copyInput(label: string, source: GPUBuffer, out: Value): void {
    const { recorder, layout } = this.o;
    const { buffer, stride, column, width } = this.view(out);
    invariant(column === 0 && stride === width, `${label} need an activation of their own`);
    const bytes = 4 * layout.sequences * width;
    recorder.copy({
      label,
      source,
      sourceOffset: 0,
      target: buffer,
      targetOffset: 0,
      bytes,
    });
  }

  async layerNorm({ input, weight, bias, epsilon, out }: StepOf<'layerNorm'>): Promise<void> {
    const { weights } = this.o;
    await recordLayerNorm(this.o, {
      input: this.view(input),
      out: this.view(out),
      rows: this.tokens,
      weight: weights.table(weight),
      bias: weights.table(bias),
      epsilon,
    });
  }

  async adaptiveNorm({ input, shift, scale, epsilon, out }: StepOf<'adaptiveNorm'>): Promise<void> {
    await recordAdaptiveNorm(this.o, {
      input: this.view(input),
      out: this.view(out),
      rows: this.tokens,
      shift: this.view(shift),
      scale: this.view(scale),
      length: this.o.layout.length,
      epsilon,
    });
  }

  async rmsNorm({ input, weight, epsilon, out, heads }: StepOf<'rmsNorm'>): Promise<void> {
    const rows = this.tokens;
    const table = this.o.weights.table(weight);
    await recordRmsNorm(this.o, {
      input: this.view(input),
      out: this.view(out),
      rows,
      weight: table,
      epsilon,
      heads,
    });
  }

  async linear({ input, weight, bias, out }: StepOf<'linear'>): Promise<void> {
    const { gpu, recorder, weights, conditions, layout } = this.o;
    const rowsPerImage = out.perSequence ? 1 : layout.length;
    await weights.linear(weight).record({
      gpu,
      recorder,
      x: this.view(input),
      y: this.view(out),
      rows: this.rowsOf(out),
      ...(conditions && { times: { buffer: conditions.timesteps, rowsPerImage } }),
      ...(bias !== undefined && { bias: weights.table(bias) }),
    });
  }

  async rotary({ value, ...rotation }: StepOf<'rotary'>): Promise<void> {
    const table = this.rotaryTables.table(rotation);
    await recordRotary(this.o, this.view(value), table, rotation, this.o.layout);
  }

  async attention(step: StepOf<'attention'>): Promise<void> {
    const { cache, layout } = this.o;
    const { heads, keyValueHeads, headWidth, causal, scale, window } = step;
    const shape = { heads, keyValueHeads, headWidth, causal, scale, window };
    const query = this.view(step.query);
    const key = this.view(step.key);
    const value = this.view(step.value);
    const out = this.view(step.out);
    if (!cache) {
      await recordAttention(this.o, { query, key, value, out, ...shape, keyRows: layout.length }, layout);
      return;
    }
    const layer = cache[step.layer];
    invariant(layer, `layer ${step.layer} has no cache`);
    const { capacity } = layer;
    await recordAppend(this.o, key, { buffer: layer.key, capacity }, layout);
    await recordAppend(this.o, value, { buffer: layer.value, capacity }, layout);
    const past = { key: wholeView(layer.key, key.width), value: wholeView(layer.value, value.width) };
    await recordAttention(this.o, { query, ...past, out, ...shape, keyRows: capacity }, layout);
  }

  async gelu({ value, form }: StepOf<'gelu'>): Promise<void> {
    await recordGelu(this.o, this.view(value), this.tokens, form);
  }

  async silu({ value }: StepOf<'silu'>): Promise<void> {
    await recordSilu(this.o, this.view(value), this.rowsOf(value));
  }

  async relu({ value }: StepOf<'relu'>): Promise<void> {
    await recordRelu(this.o, this.view(value), this.tokens);
  }

  async siluGate({ gate, up, out }: StepOf<'siluGate'>): Promise<void> {
    invariant(
      out.name === gate.name && out.column === gate.column,
      'the gated product must replace its gate',
    );
    await recordSiluGate(this.o, this.view(gate), this.view(up), this.tokens);
  }

  async add({ input, out }: StepOf<'add'>): Promise<void> {
    await recordAdd(this.o, this.view(input), this.view(out), this.rowsOf(out));
  }

  async gatedAdd({ input, gate, out }: StepOf<'gatedAdd'>): Promise<void> {
    const gates = { view: this.view(gate), length: this.o.layout.length };
    await recordAdd(this.o, this.view(input), this.view(out), this.tokens, gates);
  }

  /** Number of rows of a value. */
  protected rowsOf({ perSequence }: Value): number {
    return perSequence ? this.o.layout.sequences : this.tokens;
  }

  private scratch(rows: number, width: number, label: string): ActivationView {
    checkActivation(this.o.gpu, label, 4 * rows * width);
    return wholeView(this.o.scope.allocate(4 * rows * width, label), width);
  }
}
