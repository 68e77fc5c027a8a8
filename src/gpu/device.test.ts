import { expect, test } from 'vitest';
import { describeError } from '../base/errors';
import { openDevice } from './device';

const failure = (gpu: Partial<GPU>) => openDevice(gpu as GPU).then(() => undefined, describeError);

test('a missing adapter is an error, whether the host returns null or rejects', async () => {
  expect(await failure({ requestAdapter: async () => null })).toMatchObject({
    code: 'no-webgpu',
    message: 'WebGPU is present, but no graphics adapter answered.',
  });
  const rejecting = { requestAdapter: () => Promise.reject(new Error('no suitable backends\n * llvmpipe')) };
  expect(await failure(rejecting)).toMatchObject({
    code: 'no-webgpu',
    message: 'WebGPU is present, but no graphics adapter answered (no suitable backends * llvmpipe).',
  });
});

test('an adapter that opens no device is an error', async () => {
  const adapter = {
    features: new Set(),
    limits: {},
    requestDevice: () => Promise.reject(new Error('limit too high')),
  } as unknown as GPUAdapter;
  expect(await failure({ requestAdapter: async () => adapter })).toMatchObject({
    code: 'no-webgpu',
    message: 'WebGPU is present, but the adapter opened no device (limit too high).',
  });
});
