import { expect, test } from 'vitest';
import { missingCapability } from './support';

test('an insecure context is refused with a remedy, and everything else can compute', () => {
  const error = missingCapability({ isSecureContext: false, protocol: 'http:' });
  expect(error).toMatchObject({ code: 'insecure-context' });
  expect(error!.remedy).toMatch(/https|localhost/);
  expect(missingCapability({ isSecureContext: true, protocol: 'https:' })).toBeUndefined();
});
