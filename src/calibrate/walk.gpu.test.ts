import { afterAll, describe, expect, test } from 'vitest';
import { interpret, type StepOf } from '../models/architecture';
import { linearInputs } from '../models/linearInputs';
import { allSteps, readsClassToken } from '../models/program';
import { gpuMatrix, readMatrix } from '../runtime/linear/matrix';
import { ReferenceOps, type PassInput } from '../runtime/reference/ops';
import { denseWeights, type WeightsByName } from '../runtime/forward/weights';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { readCheckpoint, type Checkpoint } from '../testing/checkpoint';
import { expectClose } from '../testing/close';
import { fixtureInput } from '../testing/fixtureInput';
import { formulaCheckpoint } from '../testing/formulaWeights';
import { testGpu } from '../testing/gpu';
import { DIT } from '../testing/tinyConfigs';
import { fixture, LANGUAGE_FIXTURES } from '../testing/fixtures';
import type { ReferenceInputs } from './inputs';
import { statistics } from './testing/inputs';
import { openWalk, type CalibrationDevice } from './openWalk';
import type { CollectedInputs } from './walk';

const gpu = await testGpu();
const DEVICES: readonly [string, CalibrationDevice][] = [
  ['the adapter', { gpu }],
  ['the CPU', { gpu, cpu: await nodeRuntime() }],
];
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** The float64 reference, which keeps the rows that every linear layer reads. */
class ListeningOps extends ReferenceOps {
  readonly inputs = new Map<string, Float64Array[]>();

  override async linear(step: StepOf<'linear'>): Promise<void> {
    this.inputs.set(step.weight, this.rows(step.input));
    await super.linear(step);
  }
}

/** Returns the rows that every linear layer reads, the head among them. */
async function inputRows(
  { shape, tensor }: Checkpoint,
  input: PassInput,
): Promise<Map<string, Float64Array[]>> {
  const byName = (name: string) => tensor(shape.tensors.find((spec) => spec.name === name)!);
  const ops = new ListeningOps(shape, byName, input);
  await interpret(allSteps(shape.program), ops);
  const { hidden, head } = shape.program;
  const firstOnly = readsClassToken(shape);
  const hiddenRows = ops.rows(hidden).filter((_, t) => !firstOnly || t % shape.image!.tokens === 0);
  return ops.inputs.set(head.weight, hiddenRows);
}

async function expectedInputs(
  checkpoint: Checkpoint,
  input: ReturnType<typeof fixtureInput>['input'],
): Promise<Map<string, ReferenceInputs>> {
  return new Map(
    [...(await inputRows(checkpoint, input))].map(([name, rows]) => {
      const flat = Float32Array.from(rows.flatMap((row) => [...row]));
      return [name, statistics(flat, rows[0].length, rows.length)];
    }),
  );
}

async function expectInputs(
  collected: CollectedInputs,
  expected: Map<string, ReferenceInputs>,
): Promise<string[]> {
  for (const [name, inputs] of collected.byWeight) {
    const want = expected.get(name)!;
    expect(inputs.samples, name).toBe(want.samples);
    const scale = Math.max(...Array.from(want.gram, Math.abs));
    expectClose(await readMatrix(gpu.stream, gpuMatrix(inputs.gram)), Float32Array.from(want.gram), {
      abs: 1e-5 * scale,
    });
    expectClose(inputs.meanAbs, Float32Array.from(want.meanAbs), { abs: 1e-5, rel: 1e-5 });
    expectClose(inputs.maxAbs, Float32Array.from(want.maxAbs), { abs: 1e-5, rel: 1e-5 });
  }
  collected.dispose();
  return [...collected.byWeight.keys()];
}

/** Walks one sequence per batch through all blocks, since statistics are sums over batches. @returns the weights that were seen */
async function expectStatistics(
  device: CalibrationDevice,
  { shape }: Checkpoint,
  weights: WeightsByName,
  { values, sequences, length }: ReturnType<typeof fixtureInput>['input'],
  expected: Map<string, ReferenceInputs>,
): Promise<string[]> {
  const size = values.length / sequences;
  const batches = Array.from({ length: sequences }, (_, i) => values.slice(i * size, (i + 1) * size));
  const walk = await openWalk(device, shape, { batches, sequences: 1, length });
  const seen: string[] = [];
  try {
    await walk.begin(weights);
    for (const block of shape.program.blocks.keys()) {
      seen.push(...(await expectInputs(await walk.collect(block, weights), expected)));
      await walk.advance(block, weights);
    }
    seen.push(...(await expectInputs(await walk.collectHead(weights), expected)));
  } finally {
    walk.dispose();
  }
  return seen.sort();
}

describe('statistics on the adapter and on the CPU equal those of the float64 forward pass', () => {
  test.each([...LANGUAGE_FIXTURES, 'vit'])('%s', async (name) => {
    const folder = fixture(`arch/${name}`);
    const checkpoint = readCheckpoint(folder);
    const { input } = fixtureInput(folder);
    const expected = await expectedInputs(checkpoint, input);
    const weights = await denseWeights(gpu, checkpoint);
    const layers = linearInputs(checkpoint.shape.program).flatMap((group) => group.weights);
    try {
      for (const [, device] of DEVICES)
        expect(await expectStatistics(device, checkpoint, weights, input, expected)).toEqual(layers.sort());
    } finally {
      weights.dispose();
    }
  });
});

test.each(DEVICES)('a diffusion model is walked time step by time step on %s', async (_, device) => {
  const checkpoint = formulaCheckpoint(DIT);
  const { shape } = checkpoint;
  const [sequences, perBatch] = [3, 3 * 64];
  const timesteps = [700, 20];
  const source = {
    batches: timesteps.map((_, b) => Float32Array.from({ length: perBatch }, (_, i) => Math.sin(i + 9 * b))),
    conditions: timesteps.map((t) => ({ timesteps: [t, t, t], labels: [0, 2, 3] })),
    ...{ sequences, length: 0 },
  };
  const expected = await Promise.all(
    source.batches.map((values, b) =>
      inputRows(checkpoint, { values, sequences, length: 0, conditions: source.conditions[b] }),
    ),
  );
  const weights = await denseWeights(gpu, checkpoint);
  const walk = await openWalk(device, shape, source);
  try {
    await walk.begin(weights);
    for (const block of shape.program.blocks.keys())
      await expectSteps(await walk.collectAndAdvance(block, weights), expected);
    const last = await expectSteps(await walk.collectHead(weights), expected);
    expect(last).toEqual(expect.arrayContaining(['proj_out_1.weight', 'proj_out_2.weight']));
  } finally {
    walk.dispose();
    weights.dispose();
  }
});

/** Expects statistics of all rows, and at each of the two time steps those of its own. @returns the weights that were seen */
async function expectSteps(
  collected: CollectedInputs,
  [late, early]: readonly Map<string, Float64Array[]>[],
): Promise<string[]> {
  const sums = new Map<string, ReferenceInputs>();
  for (const [name, { steps }] of collected.byWeight) {
    const [lateRows, earlyRows] = [late, early].map((rows) => rows.get(name)!);
    const flat = Float32Array.from([...lateRows, ...earlyRows].flatMap((row) => [...row]));
    sums.set(name, statistics(flat, lateRows[0].length, 2 * lateRows.length));
    expect(steps!.map(({ timestep }) => timestep)).toEqual([20, 700]);
    for (const [i, rows] of [earlyRows, lateRows].entries()) {
      const values = rows.flatMap((row) => [...row]);
      const { min, max, histogram, rows: kept } = steps![i];
      expectClose([min, max], [Math.min(...values), Math.max(...values)], { abs: 1e-5, rel: 1e-5 });
      expect(histogram.reduce((sum, count) => sum + count)).toBe(values.length);
      expect(kept.length).toBe(Math.min(16, rows.length) * rows[0].length);
    }
  }
  return expectInputs(collected, sums);
}

test.each(DEVICES)('an aborted walk of %s leaves nothing allocated', async (_, device) => {
  const folder = fixture('arch/llama-gqa');
  const checkpoint = readCheckpoint(folder);
  const { input } = fixtureInput(folder);
  const weights = await denseWeights(gpu, checkpoint);
  const source = { batches: [input.values as Uint32Array], sequences: input.sequences, length: input.length };
  const controller = new AbortController();
  const walk = await openWalk(device, checkpoint.shape, source, controller.signal);
  await walk.begin(weights);
  controller.abort();
  await expect(walk.collect(0, weights)).rejects.toThrow();
  walk.dispose();
  weights.dispose();
  expect(gpu.buffers.liveCount).toBe(0);
});
