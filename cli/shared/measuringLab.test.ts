import { expect, test } from 'vitest';
import { warningOf } from './measuringLab';

const lab = { runtime: 'Node 20.1.0' };
const adapter = 'Example GPU, driver 1.2';

test('an adapter that computes wrongly is named with driver, runtime and difference', () => {
  expect(warningOf({ ...lab, selfCheck: { adapter, value: 0.25, agrees: false } })).toBe(
    'This adapter computes wrongly: for a known text, Example GPU, driver 1.2 in Node 20.1.0 computes log-probabilities that are ' +
      'off by up to 0.250 nats (allowed 0.001). The lab does without it.\n',
  );
  expect(warningOf({ ...lab, selfCheck: { adapter, value: null, agrees: false } })).toContain(
    'computes something that is not a number. The lab',
  );
});

test('an adapter that computes rightly, or was not asked, is not mentioned', () => {
  expect(warningOf({ ...lab, selfCheck: { adapter, value: 1e-6, agrees: true } })).toBe('');
  expect(warningOf(lab)).toBe('');
});
