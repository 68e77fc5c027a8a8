import { afterAll, describe, expect, test } from 'vitest';
import { interpret, type StepOf } from '../models/architecture';
import { linearInputs } from '../models/linearInputs';
import { allSteps } from '../models/program';
import { gpuMatrix, readMatrix } from '../runtime/linear/matrix';
import { ReferenceOps } from '../runtime/reference/ops';
import { denseWeights, type WeightsByName } from '../runtime/forward/weights';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { readCheckpoint, type Checkpoint } from '../testing/checkpoint';
import { expectClose } from '../testing/close';
import { fixtureInput } from '../testing/fixtureInput';
import { testGpu } from '../testing/gpu';
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

async function expectedInputs(
  { shape, tensor }: Checkpoint,
  input: ReturnType<typeof fixtureInput>['input'],
): Promise<Map<string, ReferenceInputs>> {
  const byName = (name: string) => tensor(shape.tensors.find((spec) => spec.name === name)!);
  const ops = new ListeningOps(shape, byName, input);
  await interpret(allSteps(shape.program), ops);
  const { hidden, head } = shape.program;
  const hiddenRows = ops.rows(hidden).filter((_, t) => !shape.image || t % shape.image.tokens === 0);
  ops.inputs.set(head.weight, hiddenRows);
  return new Map(
    [...ops.inputs].map(([name, rows]) => {
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
