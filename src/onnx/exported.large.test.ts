import { afterAll, expect, test } from 'vitest';
import { testGpu } from '../testing/gpu';
import { describeLarge } from '../testing/large';
import { expectEmittedEqualsExport, expectGpuEqualsExport } from './testing/torchExport';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describeLarge('fixtures/onnx/gpt2-tinystories.onnx', (file) => {
  test('the emitted model equals the one torch exported', () =>
    expectEmittedEqualsExport('gpt2-tinystories', file));

  test('our GPU equals ONNX Runtime with the file torch exported', () =>
    expectGpuEqualsExport(gpu, 'gpt2-tinystories', file));
});
