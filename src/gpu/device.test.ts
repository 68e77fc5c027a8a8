import { describe, expect, test } from 'vitest';
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

describe('a browser that says little about its adapter', () => {
  const limits = { maxBufferSize: 1 << 28, maxStorageBufferBindingSize: 1 << 27 };
  const device = { features: new Set(), limits };
  const open = (adapter: object, gpu: object = {}) => {
    const whole = { features: new Set(), limits, requestDevice: async () => device, ...adapter };
    return openDevice({ requestAdapter: async () => whole, ...gpu } as unknown as GPU);
  };
  const unnamed = { vendor: '', architecture: '', device: '', description: '' };

  test('without GPUAdapter.info and wgslLanguageFeatures it opens an adapter without a name', async () => {
    const opened = await open({});
    expect(opened.info).toEqual({ ...unnamed, software: false, subgroupMinSize: 0, subgroupMaxSize: 0 });
    expect(opened.features).toEqual({ f16: false, subgroups: false, timestamps: false, dot4: false });
    expect(opened.maxBindingBytes).toBe(1 << 27);
  });

  test('fields that came later may be absent', async () => {
    const info = { vendor: 'acme', architecture: 'gen-1', device: '', description: '' };
    expect((await open({ info })).info).toMatchObject({ ...info, software: false, subgroupMinSize: 0 });
    expect((await open({ isFallbackAdapter: true })).info.software).toBe(true);
    expect((await open({ info: { ...info, isFallbackAdapter: true } })).info.software).toBe(true);
  });

  test('language features are used where they are listed', async () => {
    const wgslLanguageFeatures = new Set(['packed_4x8_integer_dot_product']);
    expect((await open({}, { wgslLanguageFeatures })).features.dot4).toBe(true);
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
