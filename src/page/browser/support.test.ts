import { describe, expect, it } from 'vitest';
import { missingCapability } from './support';

describe('capabilities of the browser', () => {
  it('reports an insecure context first, in which no browser has WebGPU', () => {
    const error = missingCapability({ isSecureContext: false, hasWebGpu: false, protocol: 'http:' });
    expect(error).toMatchObject({ code: 'insecure-context' });
    expect(error!.remedy).toMatch(/https|localhost/);
  });
  it('suggests browsers if WebGPU is missing', () => {
    const error = missingCapability({ isSecureContext: true, hasWebGpu: false, protocol: 'https:' });
    expect(error).toMatchObject({ code: 'no-webgpu' });
    expect(error!.remedy).toMatch(/Firefox/);
  });
  it('accepts a browser with WebGPU', () =>
    expect(
      missingCapability({ isSecureContext: true, hasWebGpu: true, protocol: 'https:' }),
    ).toBeUndefined());
});
