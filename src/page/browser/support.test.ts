import { describe, expect, it } from 'vitest';
import { blockedBy } from './support';

describe('what the browser offers', () => {
  it('names the insecure context first: WebGPU is absent there whatever the browser', () => {
    const error = blockedBy({ isSecureContext: false, hasWebGpu: false, protocol: 'http:' });
    expect(error).toMatchObject({ code: 'insecure-context' });
    expect(error!.remedy).toMatch(/https|localhost/);
  });
  it('advises a browser where WebGPU is missing', () => {
    const error = blockedBy({ isSecureContext: true, hasWebGpu: false, protocol: 'https:' });
    expect(error).toMatchObject({ code: 'no-webgpu' });
    expect(error!.remedy).toMatch(/Firefox/);
  });
  it('lets a capable browser through', () =>
    expect(blockedBy({ isSecureContext: true, hasWebGpu: true, protocol: 'https:' })).toBeUndefined());
});
