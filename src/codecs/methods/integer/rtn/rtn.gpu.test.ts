import { expect, test } from 'vitest';
import { testGpu } from '../../../../testing/gpu';
import type { OptionValue } from '../../../contract/meta';
import { completeOptions } from '../../../contract/spec';
import { describeCodec } from '../../../conformance/conformance';
import { checkPackedLinear } from '../../../conformance/linear';
import codec from './codec';
import meta from './meta';
import { groupColumns } from '../../../contract/options';

/** float32 sums of the clip search may prefer a range whose squared error is larger by this share. */
const SEARCH_ERROR_BUDGET = 1e-4;

describeCodec(
  codec,
  [
    {},
    { bits: 2, group: '8' },
    { bits: 3, group: '16', scheme: 'asymmetric' },
    { bits: 4, group: '32', scheme: 'asymmetric' },
    { bits: 5, group: '64' },
    { bits: 6, group: 'row', scheme: 'asymmetric' },
    { bits: 7, group: '128' },
    { bits: 8, group: '256', scheme: 'asymmetric' },
    { bits: 8, group: 'row' },
    { bits: 2, group: '64', clip: true },
    { bits: 3, group: '32', scheme: 'asymmetric', clip: true },
  ],
  {
    groups: (options, shape) => ({ size: groupColumns(String(options.group), shape[1]), flat: false }),
    search: { errorBudget: SEARCH_ERROR_BUDGET },
  },
);

const gpu = await testGpu();

test.each<Record<string, OptionValue>>([
  { bits: 2, group: '64', clip: true },
  { bits: 4, scheme: 'asymmetric' },
  { bits: 8, group: 'row' },
])('multiplies by packed codes: %j', async (given) => {
  const options = completeOptions(meta, given);
  await checkPackedLinear(gpu, codec, options, [70, 260], 5);
  await checkPackedLinear(gpu, codec, options, [33, 131], 1);
});

test('widths whose codes cross words have no packed form', async () => {
  const options = completeOptions(meta, { bits: 3 });
  const parts = codec.reference.encode(Float32Array.of(1), [1, 1], options);
  const stored = { name: 'w', shape: [1, 1] as const, options, parts };
  expect(await codec.linear!(stored, { gpu, seed: 1 })).toBeUndefined();
});

test('damaged scales are refused for the packed form', async () => {
  const options = completeOptions(meta, {});
  const parts = new Map([
    ['codes', new Uint8Array(4)],
    ['scales', Uint8Array.of(0, 0x7c)],
  ]);
  const stored = { name: 'w', shape: [1, 8] as const, options, parts };
  await expect(codec.linear!(stored, { gpu, seed: 1 })).rejects.toMatchObject({ code: 'bad-file' });
});
