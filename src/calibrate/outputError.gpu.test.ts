import { expect, test } from 'vitest';
import { gaussianWithOutliers } from '../codecs/conformance/cases';
import { gpuMatrix, readMatrix, releaseMatrix, uploadMatrix, type Matrix } from '../runtime/linear/matrix';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { testGpu } from '../testing/gpu';
import { cpuOutputSquares } from './cpuOutputError';
import { weightedSquares } from './outputError';
import { syntheticInputs } from './testing/inputs';

const gpu = await testGpu();
const cpu = await nodeRuntime();

/** Σ ‖E·xᵀ‖² over the rows x of X, divided by their number. */
function definition(e: Float32Array, x: Float32Array, columns: number, samples: number): number {
  let sum = 0;
  for (let t = 0; t < samples; t++)
    for (let row = 0; row < e.length / columns; row++) {
      let y = 0;
      for (let c = 0; c < columns; c++) y += e[row * columns + c] * x[t * columns + c];
      sum += y * y;
    }
  return sum / samples;
}

test.each([
  [5, 7],
  [64, 64],
  [33, 130],
])('tr(E G Eᵀ) is ‖E X‖² for E [%i, %i]', async (rows, columns) => {
  const inputs = syntheticInputs(gpu, columns, 50);
  const e = gaussianWithOutliers([rows, columns], 5);
  const matrix = uploadMatrix(gpu, e, rows, columns, 'E');
  const expected = definition(e, inputs.x, columns, 50);
  const actual = await weightedSquares(gpu, matrix, inputs.gpu.gram);
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-5);
  releaseMatrix(gpu.buffers, matrix);
  const read = (gram: Matrix) => readMatrix(gpu.stream, gpuMatrix(gram));
  const onCpu = await cpuOutputSquares(cpu, read)(e, rows, inputs.gpu);
  expect(Math.abs(onCpu / expected - 1)).toBeLessThan(1e-5);
  inputs.dispose();
  expect(gpu.buffers.liveCount).toBe(0);
});
