import { expect, test } from 'vitest';
import { geometricMean, peerProducts, targetResults, type PeerRow } from './peers';

const row = (more: Partial<PeerRow>): PeerRow => ({
  ...{ kind: 'float32', shape: [1, 288, 288], ours: 'our float32', to: 'ORT float32', note: '' },
  ...{ ourRate: 3, otherRate: 1, verified: true, ratio: { median: 3, ci95: [2, 4] } },
  ...more,
});
const ratio = (median: number) => ({ ratio: { median, ci95: [median, median] as [number, number] } });

test('layers that models share are multiplied once', () => {
  const every = { kinds: ['float32'] as const, layers: ['distilgpt2', 'ViT-B'], rows: [1] };
  const shapes = peerProducts({ software: false }, every).map(({ shape }) => shape.join('×'));
  expect(shapes).toEqual([
    '1×768×768',
    '1×768×2304',
    '1×768×3072',
    '1×3072×768',
    '1×768×50257',
    '1×768×1000',
  ]);
});

test('a software adapter leaves out the int4 product of the largest head with many rows, hardware does not', () => {
  const heads = { kinds: ['int4'] as const, layers: ['distilgpt2'], rows: [16, 256] };
  const largest = (software: boolean) =>
    peerProducts({ software }, heads).filter(({ shape }) => shape[2] === 50_257);
  expect(largest(true).map(({ shape }) => shape[0])).toEqual([16]);
  expect(largest(false).map(({ shape }) => shape[0])).toEqual([16, 256]);
});

test('the geometric mean of 2 and 8 is 4', () => expect(geometricMean([2, 8])).toBeCloseTo(4, 12));

test('a mean above its target hides no minimum below it', () => {
  const rows = [row(ratio(32)), row({ ...ratio(8), shape: [1, 768, 768] }), row({ ratio: null })];
  const results = targetResults([...rows, row({ ...ratio(1.2), shape: [16, 288, 288] })]);
  expect(results.map(({ target, value, reached }) => [target.what, value, reached])).toEqual([
    ['float32, M = 1', expect.closeTo(16, 9), true],
    ['float32, M > 1', 1.2, false],
    ['float32', 1.2, false],
  ]);
  expect(results[0]).toMatchObject({ products: 2, slowest: { shape: [1, 768, 768] } });
});
