import { afterAll, describe, expect, test } from 'vitest';
import { fixture } from '../testing/fixtures';
import { testGpu } from '../testing/gpu';
import { expectGpuEqualsExport } from './testing/torchExport';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

describe('our GPU against ONNX Runtime with files torch exported', () => {
  test.each(['stories260K', 'vit-cifar10'])('%s', (id) =>
    expectGpuEqualsExport(gpu, id, fixture(`onnx/${id}.onnx`)),
  );
});
