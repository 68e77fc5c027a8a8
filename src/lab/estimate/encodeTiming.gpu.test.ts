import { afterAll, expect, test } from 'vitest';
import { nodeLabOn } from '../../platform/node/lab';
import { parseCodec } from '../../codecs/contract/spec';
import { testGpu } from '../../testing/gpu';
import { timeEncoding } from './encodeTiming';

const lab = nodeLabOn(await testGpu());
afterAll(() => expect(lab.gpu.buffers.liveCount).toBe(0));

test('the operations counted while encoding are those predicted', async () => {
  const model = await lab.openModel('stories260K');
  const calibration = { data: 'tinystories-calibration', windows: 2, draws: 1 };
  const options = { spec: parseCodec('gptq(bits=4,group=32)'), calibration, context: 64, seed: 1 };
  const {
    counted,
    calibration: stated,
    encoding,
    seconds,
    peakGpuBytes,
  } = await timeEncoding(lab, model, options);
  const ratio = counted / (stated + encoding.gpu);
  expect(ratio).toBeGreaterThan(0.7);
  expect(ratio).toBeLessThan(1.5);
  expect(Math.min(seconds.calibrate, seconds.encode)).toBeGreaterThan(0);
  // At least the float32 weights.
  expect(peakGpuBytes).toBeGreaterThan(4 * model.shape.parameters);
});
