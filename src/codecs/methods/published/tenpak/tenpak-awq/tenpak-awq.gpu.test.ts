import { expect, test } from 'vitest';
import { syntheticInputs } from '../../../../../calibrate/testing/inputs';
import { releaseMatrix } from '../../../../../runtime/linear/matrix';
import { testGpu } from '../../../../../testing/gpu';
import type { MatrixShape } from '../../../../contract/codec';
import { encodeGroup } from '../../../../contract/coding';
import { completeOptions } from '../../../../contract/spec';
import { gaussianWithOutliers } from '../../../../conformance/cases';
import { decodeOnGpu } from '../../../../conformance/checks';
import { describeCodec } from '../../../../conformance/conformance';
import codec from './codec';
import meta from './meta';

const SAMPLES = 16;

describeCodec(codec, [{}, { group: '2048' }, { group: '128', mode: 'corrected' }], {
  inputs: (gpu, shape) => syntheticInputs(gpu, shape[1], SAMPLES),
});

test('a group behind a norm stores no column scales: norm ÷ s times W·diag(s) is the same layer', async () => {
  const gpu = await testGpu();
  const shape: MatrixShape = [24, 64];
  const inputs = syntheticInputs(gpu, 64, SAMPLES);
  const ones = new Float32Array(64).fill(1);
  const source = (name: string, seed: number) => ({ name, shape, values: gaussianWithOutliers(shape, seed) });
  const tensors = [source('q', 1), source('k', 2)];
  const norm = {
    weight: { name: 'norm.weight', shape: [1, 64] as const, values: ones },
    bias: { name: 'norm.bias', shape: [1, 64] as const, values: ones },
  };
  const options = completeOptions(meta, {});
  const context = { gpu, seed: 1, inputs: inputs.gpu };
  const result = await encodeGroup(codec, { tensors, norm }, options, context);
  const scales = result.columnScale!;
  expect(scales[0]).toBeCloseTo(Math.sqrt(inputs.host.meanAbs[0]), 2);
  for (const name of ['norm.weight', 'norm.bias'])
    result.replaced!.get(name)!.forEach((v, c) => expect(v * scales[c]).toBeCloseTo(1, 6));
  for (const { name, values } of tensors) {
    const parts = result.parts.get(name)!;
    expect(parts.has('columnScales')).toBe(false);
    const decoded = await decodeOnGpu(gpu, codec, { name, shape, options, parts });
    decoded.forEach((w, i) => expect(Math.abs(w / scales[i % 64] - values[i])).toBeLessThan(0.2));
  }
  const alone = await encodeGroup(codec, { tensors }, options, context);
  expect(alone.parts.get('q')!.has('columnScales')).toBe(true);
  releaseMatrix(gpu.buffers, inputs.gpu.gram);
});
