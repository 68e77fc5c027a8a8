import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadModel, loadOnnxModel } from '../../models/load/load';
import { folderFiles } from '../../platform/node/folder';
import { publicFolder } from '../../platform/node/paths';
import { memoryFiles } from '../../testing/fuzz/memoryFiles';
import { quantisedOnnx } from '../../testing/quantisedOnnx';
import { checkShape, compareWeights, sizeOf } from './sameModel';

test('a file with a head of its own beside the token table is one of a model that ties them', async () => {
  const folder = join(publicFolder('models'), 'stories260K');
  const base = await loadModel(folderFiles(folder));
  const graph = quantisedOnnx({ kind: 'nBits', bits: 4, block: 32, zeros: false });
  const files = new Map([
    ['config.json', new Uint8Array(readFileSync(join(folder, 'config.json')))],
    ['model_q4.onnx', graph],
  ]);
  const model = await loadOnnxModel(memoryFiles(files), 'model_q4.onnx');
  const file = { model, stored: await model.stored!() };
  expect(model.shape.parameters).toBe(base.shape.parameters + 512 * 64);
  checkShape(base, model);
  const { layers } = await compareWeights(base, file, undefined);
  const head = layers.find(({ name }) => name === 'lm_head.weight')!;
  expect(head.relativeL2).toBeGreaterThan(0.01);
  expect(head.relativeL2).toBeLessThan(0.2);
  // 4 bits and a float32 scale for each 32 weights.
  expect(head.bits).toBe(5);
  expect(layers.length).toBe(5 * 7 + 1);
  const size = sizeOf(base, file);
  expect(size.totalBytes).toBe(graph.length);
  expect(size.bitsPerWeight).toBeCloseTo((8 * graph.length) / base.shape.parameters, 10);
});
