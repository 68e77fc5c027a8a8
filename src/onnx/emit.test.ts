import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { fixture, LANGUAGE_FIXTURES } from '../testing/fixtures';
import { folderFiles } from '../platform/node/folder';
import { loadModel } from '../models/load/load';
import { floatsOf, integersOf, readTensors } from '../testing/checkpoint';
import { formulaCheckpoint } from '../testing/formulaWeights';
import { ROPE_MODELS, ropeInput } from '../testing/ropeFixtures';
import { OnnxActivations } from './activations';
import { OnnxGraph } from './graph';
import { independentLogits } from './independent';
import { expectEmittedEqualsExport } from './testing/torchExport';

/** Tolerance of two float32 runtimes with different orders of sums. */
const LOGIT_TOLERANCE = 1e-4;

function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let max = 0;
  for (let i = 0; i < a.length; i++) max = Math.max(max, Math.abs(a[i] - b[i]));
  return max;
}

async function runGraph(graph: OnnxGraph, feeds: Record<string, ort.Tensor>) {
  const session = await ort.InferenceSession.create(graph.encode());
  return session.run(feeds);
}

test('ONNX Runtime reads and runs a graph written by hand', async () => {
  const graph = new OnnxGraph('affine');
  graph.input('x', 'float32', ['rows', 3]);
  const weight = graph.floats('w', [3, 2], Float32Array.of(1, 2, 3, 4, 5, 6));
  const flags = { attributes: { alpha: { float: 0.5 }, transB: 0 } };
  graph.nodeTo('y', 'Gemm', ['x', weight, graph.floats('b', [2], Float32Array.of(10, 20))], flags);
  graph.output('y', 'float32', ['rows', 2]);
  const { y } = await runGraph(graph, { x: new ort.Tensor('float32', [1, 1, 1, 2, 0, -2], [2, 3]) });
  expect(y.dims).toEqual([2, 2]);
  expect(Array.from(y.data as Float32Array)).toEqual([14.5, 26, 6, 16]);
});

test('activations are written and read by column ranges', async () => {
  const graph = new OnnxGraph('columns');
  const activations = new OnnxActivations(graph);
  activations.write({ name: 'a', width: 6 }, graph.input('x', 'float32', [1, 1, 6]));
  activations.write({ name: 'a', column: 2, width: 2 }, graph.input('y', 'float32', [1, 1, 2]));
  graph.nodeTo('z', 'Identity', [activations.read({ name: 'a', column: 1, width: 4 })]);
  graph.output('z', 'float32', [1, 1, 4]);
  const { z } = await runGraph(graph, {
    x: new ort.Tensor('float32', [0, 1, 2, 3, 4, 5], [1, 1, 6]),
    y: new ort.Tensor('float32', [20, 30], [1, 1, 2]),
  });
  expect(Array.from(z.data as Float32Array)).toEqual([1, 20, 30, 4]);
  expect(() => activations.read({ name: 'a', column: 4, width: 4 })).toThrow('read before written');
});

describe('emitted models against logits of Hugging Face transformers', () => {
  test.each([...LANGUAGE_FIXTURES, 'vit'])('%s', async (name) => {
    const folder = fixture(`arch/${name}`);
    const tensors = readTensors(`${folder}/expected.safetensors`);
    const ids = tensors.get('input_ids');
    const input = ids ?? tensors.get('pixel_values')!;
    const values = ids ? integersOf(ids) : floatsOf(input);
    const logits = await independentLogits(ort, await loadModel(folderFiles(folder)), {
      shape: input.shape,
      values,
    });
    const expected = tensors.get('logits')!;
    expect(logits.shape).toEqual(expected.shape);
    expect(maxDifference(logits.values, floatsOf(expected))).toBeLessThan(LOGIT_TOLERANCE);
  });
});

test.each(ROPE_MODELS.flatMap((model) => model.runs.map((run) => ({ ...model, ...run }))))(
  'scaled rotary embeddings: $name, $length tokens',
  async ({ name, config, length, rows }) => {
    const { shape, tensor } = formulaCheckpoint(config);
    const input = { shape: [1, length], values: ropeInput(length) };
    const { values } = await independentLogits(ort, { id: name, shape, tensor }, input);
    for (const [row, expected] of Object.entries(rows)) {
      const actual = values.subarray(Number(row) * shape.vocabulary, (Number(row) + 1) * shape.vocabulary);
      expect(maxDifference(actual, expected)).toBeLessThan(LOGIT_TOLERANCE);
    }
  },
);

describe('emitted models against the same models exported by torch', () => {
  test.each(['stories260K', 'vit-cifar10'])('%s', (id) =>
    expectEmittedEqualsExport(id, fixture(`onnx/${id}.onnx`)),
  );
});
