import { afterAll, expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { architectureFor } from '../../models/registry';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { Forward } from './forward';
import { wholeView } from '../ops/context';
import { layerNorm } from '../reference/math';
import { denseWeights } from './weights';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const CONFIG = {
  model_type: 'gpt2',
  vocab_size: 50_257,
  n_positions: 1024,
  n_embd: 768,
  n_layer: 6,
  n_head: 12,
};
const TOKENS = 64;
/** Tolerance of a float32 dot product of 768 terms of size about 1 × 0.1. */
const HEAD = { abs: 1e-4 };

/** One block of random numbers from which all weights are taken, at different offsets, because drawing them all is slow. */
const BLOCK = 1 << 16;
const random = new KeyedRandom(82);
const block = Float32Array.from({ length: BLOCK }, () => (random.nextUniform() - 0.5) * 0.2);

/** The weights of tensor `stream`. Each row starts at another place of the block, so rows differ. */
function fill(rows: number, columns: number, stream: number): Float32Array {
  const values = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    const start = (r * 7919 + stream * 104_729) % (BLOCK - columns);
    values.set(block.subarray(start, start + columns), r * columns);
  }
  return values;
}

test('a model of the size of distilgpt2 runs 64 tokens, its embedding split over several bindings', async () => {
  const shape = architectureFor(CONFIG).configure(CONFIG);
  expect(shape.parameters).toBe(81_912_576);
  const index = new Map(shape.tensors.map(({ name }, i) => [name, i]));
  const weights = await denseWeights(gpu, {
    shape,
    tensor: ({ name, matrix: [rows, columns], role }) =>
      Promise.resolve(
        role === 'norm' && name.endsWith('weight')
          ? new Float32Array(columns).fill(1)
          : fill(rows, columns, index.get(name)!),
      ),
  });
  const table = weights.table('transformer.wte.weight');
  expect(table.parts.length).toBeGreaterThan(1);
  expect(weights.bytes).toBe(4 * shape.parameters);
  const split = table.parts[1].firstRow;
  // Ids on both sides of the split, and the first and the last one.
  const ids = Uint32Array.from({ length: TOKENS }, (_, i) => (i * 786_433) % shape.vocabulary);
  ids.set([0, split - 1, split, shape.vocabulary - 1]);

  const forward = await Forward.create(gpu, shape, weights, { sequences: 1, length: TOKENS });
  await forward.run(ids);
  const states = new Float32Array(await gpu.stream.read(forward.hidden.buffer, 4 * TOKENS * 768));
  const recorder = gpu.recorder();
  const { vocabulary } = shape;
  const out = gpu.buffers.allocate(4 * TOKENS * vocabulary, 'logits');
  await forward.recordHead(recorder, wholeView(out, vocabulary));
  await gpu.stream.run(recorder.commands);
  const logits = new Float32Array(await gpu.stream.read(out));
  expect(logits.every(Number.isFinite)).toBe(true);

  const embedding = fill(vocabulary, 768, index.get('transformer.wte.weight')!);
  const probed = [0, 1, split - 1, split, split + 1, vocabulary - 1];
  const at = [0, 1, 2, 3, TOKENS - 1].flatMap((t) => probed.map((id) => [t, id]));
  const dot = (t: number, id: number) => {
    let sum = 0;
    for (let k = 0; k < 768; k++) sum += states[t * 768 + k] * embedding[id * 768 + k];
    return sum;
  };
  expectClose(
    at.map(([t, id]) => logits[t * vocabulary + id]),
    at.map(([t, id]) => dot(t, id)),
    HEAD,
  );
  recorder.dispose();
  gpu.buffers.release(out);
  forward.dispose();
  weights.dispose();
});

test('the embedding rows on both sides of the split reach the residual stream', async () => {
  // Without blocks, hidden = layerNorm(embedding row + position row).
  const config = { ...CONFIG, n_layer: 1 };
  const shape = architectureFor(config).configure(config);
  const bare = { ...shape, program: { ...shape.program, blocks: [] } };
  const weights = await denseWeights(gpu, {
    shape,
    tensor: ({ name, matrix: [rows, columns] }) =>
      Promise.resolve(
        name.endsWith('ln_f.weight')
          ? new Float32Array(columns).fill(1)
          : name.endsWith('ln_f.bias')
            ? new Float32Array(columns)
            : fill(rows, columns, 3),
      ),
  });
  const split = weights.table('transformer.wte.weight').parts[1].firstRow;
  const ids = Uint32Array.from([0, split - 1, split, split + 1, shape.vocabulary - 1]);
  const forward = await Forward.create(gpu, bare, weights, { sequences: 1, length: ids.length });
  await forward.run(ids);
  const actual = new Float32Array(await gpu.stream.read(forward.hidden.buffer, 4 * ids.length * 768));
  const embedding = fill(shape.vocabulary, 768, 3);
  const positions = fill(1024, 768, 3);
  const expected = [...ids].flatMap((id, t) => {
    const row = Float64Array.from(
      { length: 768 },
      (_, k) => embedding[id * 768 + k] + positions[t * 768 + k],
    );
    return [...layerNorm(row, new Float32Array(768).fill(1), new Float32Array(768), 1e-5)];
  });
  expectClose(actual, expected, { abs: 1e-4 });
  forward.dispose();
  weights.dispose();
});
