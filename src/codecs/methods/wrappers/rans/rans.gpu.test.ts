import { describe, expect, test } from 'vitest';
import { testGpu } from '../../../../testing/gpu';
import { completeOptions } from '../../../contract/spec';
import rtn from '../../integer/rtn/codec';
import float16 from '../../float/float16/codec';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { decodeOnGpu } from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import wrapper from './codec';

const rtnOptions = (given: Record<string, string | number>) => completeOptions(rtn.meta, given);

describe('around 3-bit rtn', () => {
  describeCodec(wrapper.wrap(rtn, rtnOptions({ bits: 3, group: '64' })), [{}, { merge: false }]);
});

describe('around asymmetric 8-bit rtn', () => {
  describeCodec(wrapper.wrap(rtn, rtnOptions({ bits: 8, group: 'row', scheme: 'asymmetric' })), [{}]);
});

describe('around a codec without symbols', () => {
  describeCodec(wrapper.wrap(float16, {}), [{}]);
});

const gpu = await testGpu();

test('multiplies by the decoded codes as the inner codec does', async () => {
  const inner = rtnOptions({ bits: 4 });
  const codec = wrapper.wrap(rtn, inner);
  const options = completeOptions(wrapper.meta, {});
  const tensor = { name: 'w', shape: [33, 132] as const, values: gaussianWithOutliers([33, 132], 17) };
  const parts = await codec.encode(tensor, options, { gpu, seed: 1 });
  const weight = await codec.linear!({ ...tensor, options, parts }, { gpu, seed: 1 });
  expect(weight).toMatchObject({ rows: 33, columns: 132 });
  expect(gpu.buffers.liveBytes).toBe(weight!.bytes);
  weight!.dispose();
  expect(
    await wrapper.wrap(float16, {}).linear?.({ ...tensor, options, parts }, { gpu, seed: 1 }),
  ).toBeUndefined();
});

test('decodes many streams, and prints the speed', async () => {
  const inner = rtnOptions({ bits: 4, group: '64' });
  const codec = wrapper.wrap(rtn, inner);
  const options = completeOptions(wrapper.meta, {});
  const shape = [512, 512] as const;
  const values = gaussianWithOutliers(shape, 4);
  const parts = await codec.encode({ name: 'w', shape, values }, options, { gpu, seed: 1 });
  const stored = { name: 'w', shape, options, parts };
  const decoded = await decodeOnGpu(gpu, codec, stored);
  const plain = rtn.reference.decode(rtn.reference.encode(values, shape, inner), shape, inner);
  expect(decoded).toEqual(plain);
  const started = performance.now();
  await decodeOnGpu(gpu, codec, stored);
  const seconds = (performance.now() - started) / 1000;
  console.log(`rans decode: ${((512 * 512) / seconds / 1e6).toFixed(1)} million symbols per second`);
});
