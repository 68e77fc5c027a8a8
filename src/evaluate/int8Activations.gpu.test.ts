import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { overlay } from '../artefact/weights';
import { resolveCodec } from '../codecs/contract/registry';
import { parseCodec } from '../codecs/contract/spec';
import type { StepOf, TensorSpec } from '../models/architecture';
import { interpret } from '../models/architecture';
import { rowRounding, type InputRounding, type RowRounding } from '../models/inputRounding';
import { allSteps } from '../models/program';
import { assets } from '../models/testing/tokenizer';
import { loadTokenizer } from '../models/tokenizer/tokenizer';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { denseWeights, type WeightValues } from '../runtime/forward/weights';
import type { LinearWeight } from '../runtime/linear/linear';
import { int8Row } from '../runtime/reference/int8';
import { linear } from '../runtime/reference/math';
import { ReferenceOps } from '../runtime/reference/ops';
import { readCheckpoint } from '../testing/checkpoint';
import { testGpu } from '../testing/gpu';
import { textEvaluator } from './text';

const gpu = await testGpu();
const cpu = await nodeRuntime();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Two float32 programs that add in different orders, in nats per token. */
const MEAN_NLL = 1e-5;
const CONTEXT = 64;
const FOLDER = 'public/models/stories260K';

const checkpoint = readCheckpoint(FOLDER);
const { shape } = checkpoint;
const specOf = (name: string) => shape.tensors.find((spec) => spec.name === name)!;

async function textIds(): Promise<Uint32Array> {
  const tokenizer = await loadTokenizer(assets(FOLDER));
  const text = readFileSync('public/data/tinystories/valid.txt', 'utf8').slice(0, 2000);
  return (await tokenizer.encode(text)).slice(0, 8 * CONTEXT);
}

const ids = await textIds();

interface Int8Layers {
  dense: Awaited<ReturnType<typeof denseWeights>>;
  decoded: Map<string, Float32Array>;
  packed: Map<string, LinearWeight>;
  inputRounding: Map<string, InputRounding>;
  dispose(): void;
}

/** Encodes layers by the codec's reference, with the statistics of outliers in every sixteenth column. */
async function int8Layers(spelling: string, names: readonly string[]): Promise<Int8Layers> {
  const { id, options } = parseCodec(spelling);
  const codec = await resolveCodec({ id, options });
  const packed = new Map<string, LinearWeight>();
  const decoded = new Map<string, Float32Array>();
  const inputRounding = new Map<string, InputRounding>();
  for (const name of names) {
    const { matrix } = specOf(name);
    const maxAbs = Float32Array.from({ length: matrix[1] }, (_, c) => (c % 16 === 3 ? 8 : 1 + (c % 5) / 4));
    const inputs = { samples: 1, gram: [], meanAbs: maxAbs, maxAbs };
    const parts = codec.reference.encode(await checkpoint.tensor(specOf(name)), matrix, options, inputs);
    decoded.set(name, codec.reference.decode(parts, matrix, options));
    inputRounding.set(name, codec.reference.inputRounding!(parts, matrix, options));
    packed.set(name, (await codec.linear!({ name, shape: matrix, options, parts }, { gpu, seed: 1 }))!);
  }
  const tensor = async (spec: TensorSpec) => decoded.get(spec.name) ?? checkpoint.tensor(spec);
  const dense = await denseWeights(gpu, { shape, tensor });
  const dispose = () => [dense, ...packed.values()].forEach((owned) => owned.dispose());
  return { dense, decoded, packed, inputRounding, dispose };
}

async function measure(weights: WeightValues, onCpu: boolean) {
  const baseline = await denseWeights(gpu, checkpoint);
  const protocol = { kind: 'windows', context: CONTEXT, stride: CONTEXT } as const;
  const input = {
    gpu,
    shape,
    baseline,
    ids,
    protocol,
    metrics: 'perplexity',
    ...(onCpu && { cpu }),
  } as const;
  const evaluator = textEvaluator(input);
  const result = await evaluator.measure(weights, { label: 'int8' });
  evaluator.dispose();
  baseline.dispose();
  expect(result.compute).toBe(onCpu ? 'cpu' : 'gpu');
  return result.tokenNll;
}

/** Measures without an adapter, with all weights in main memory or with those of one stage. */
async function measureWithoutAdapter({ decoded, inputRounding }: Int8Layers, inParts: boolean) {
  const values = async (spec: TensorSpec) => decoded.get(spec.name) ?? checkpoint.tensor(spec);
  const none = () => expect.unreachable();
  const whole = (of: (spec: TensorSpec) => Promise<Float32Array>): WeightValues => ({
    values: (name) => of(specOf(name)),
  });
  const [baseline, weights] = inParts
    ? [
        { values: checkpoint.tensor, load: none },
        { values, inputRounding, load: none },
      ]
    : [whole(checkpoint.tensor), { ...whole(values), inputRounding }];
  const protocol = { kind: 'windows', context: CONTEXT, stride: CONTEXT } as const;
  const evaluator = textEvaluator({ cpu, shape, baseline, ids, protocol, metrics: 'perplexity' });
  const result = await evaluator.measure(weights, { label: 'int8' });
  evaluator.dispose();
  expect(result.compute).toBe('cpu');
  return result.tokenNll;
}

const mean = (values: Float64Array) => values.reduce((a, b) => a + b, 0) / values.length;
const rms = (a: Float64Array, b: Float64Array) => Math.sqrt(mean(a.map((v, i) => (v - b[i]) ** 2)));

/** The float64 forward pass, whose layers round their input as the given layers do. */
class RoundingOps extends ReferenceOps {
  constructor(
    private readonly layers: Int8Layers,
    window: Uint32Array,
  ) {
    const tensor = async (name: string) => layers.decoded.get(name) ?? checkpoint.tensor(specOf(name));
    super(shape, tensor, { values: window, sequences: 1, length: window.length });
  }

  override async linear(step: StepOf<'linear'>): Promise<void> {
    const rounding = this.layers.inputRounding.get(step.weight);
    if (!rounding) return super.linear(step);
    const rows = this.rows(step.input).map((row) => roundedRow(row, rowRounding(rounding)));
    const weight = this.layers.decoded.get(step.weight)!;
    this.set(
      step.out,
      rows.map((row) => linear(row, weight, step.input.width)),
    );
  }
}

function roundedRow(row: Float64Array, { factors, outliers = new Uint32Array() }: RowRounding): Float64Array {
  const isOutlier = new Set(outliers);
  const factor = (c: number) => (isOutlier.has(c) ? 0 : (factors?.[c] ?? 1));
  const { codes, largest } = int8Row(row.map((value, c) => value * factor(c)));
  return row.map((value, c) => (isOutlier.has(c) ? value : (codes[c] * largest) / 127 / factor(c)));
}

async function referenceNll(layers: Int8Layers): Promise<Float64Array> {
  const head = await checkpoint.tensor(specOf(shape.program.head.weight));
  const { hidden } = shape.program;
  const losses: number[] = [];
  for (let start = 0; start < ids.length; start += CONTEXT) {
    const window = ids.subarray(start, start + CONTEXT);
    const ops = new RoundingOps(layers, window);
    await interpret(allSteps(shape.program), ops);
    ops.rows(hidden).forEach((row, t) => {
      if (t + 1 === CONTEXT) return;
      const logits = linear(row, head, hidden.width);
      const top = logits.reduce((a, b) => Math.max(a, b));
      const sum = logits.reduce((total, value) => total + Math.exp(value - top), 0);
      losses.push(Math.log(sum) + top - logits[window[t + 1]]);
    });
  }
  return Float64Array.from(losses);
}

describe.each(['llm-int8(threshold=6)', 'smoothquant'])('%s with int8 activations', (spelling) => {
  test.each(['model.layers.4.mlp.down_proj.weight', shape.program.head.weight])(
    'a layer gives the same mean loss on the CPU as on the adapter: %s',
    async (name) => {
      const layers = await int8Layers(spelling, [name]);
      const weights = { ...overlay(layers.dense, layers.packed), inputRounding: layers.inputRounding };
      const [onCpu, onGpu] = [await measure(weights, true), await measure(weights, false)];
      const unrounded = await measure(layers.dense, true);
      layers.dispose();
      expect(Math.abs(mean(onCpu) - mean(onGpu))).toBeLessThan(MEAN_NLL);
      // Rounding the input changes the losses, so that their equality above means something.
      expect(rms(onCpu, unrounded)).toBeGreaterThan(100 * MEAN_NLL);
    },
  );

  // An activation within float32 rounding of a tie gets another code, which changes the codes of all layers after it.
  test('a whole model is as near to the float64 reference on the CPU as on the adapter', async () => {
    const names = allSteps(shape.program).flatMap((step) => (step.op === 'linear' ? [step.weight] : []));
    const layers = await int8Layers(spelling, names);
    const weights = { ...overlay(layers.dense, layers.packed), inputRounding: layers.inputRounding };
    const [onCpu, onGpu] = [await measure(weights, true), await measure(weights, false)];
    const [whole, inParts] = [
      await measureWithoutAdapter(layers, false),
      await measureWithoutAdapter(layers, true),
    ];
    const [expected, unrounded] = [await referenceNll(layers), await measure(layers.dense, true)];
    layers.dispose();
    // Each is nearer to the reference than it would be without rounding its inputs.
    for (const found of [onCpu, onGpu, whole, inParts])
      expect(rms(found, expected)).toBeLessThan(rms(unrounded, expected) / 2);
  });
});
