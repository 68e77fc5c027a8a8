import { expect, test } from 'vitest';
import { printedLength, sparseEstimateMb, sparseSavings, SparseTally } from './sparse';

test('the size of a data set is the length of what print shows, which hardly depends on its rows', () => {
  const printed = `DatasetDict({
    train: Dataset({
        features: ['id', 'text'],
        num_rows: 1000
    })
})`;
  expect(printedLength(['id', 'text'], 1000)).toBe(printed.length);
  expect(printedLength(['id', 'text'], 1_000_000)).toBe(printed.length + 3);
});

test('the estimator and the reported savings', () => {
  expect(sparseEstimateMb(900, 100, 0.002)).toBeCloseTo(1.1, 12);
  expect(sparseSavings(100, 40)).toBe(60);
  expect(sparseSavings(100, 5000)).toBe(-4900);
});

test('references and new rows are counted with the bytes that Python would write for them', () => {
  const tally = new SparseTally();
  tally.add(12, 500);
  tally.lose();
  tally.add(undefined, 30);
  const bytes =
    '{"type": "reference", "base_index": 12}, '.length + '{"type": "new", "index": 0}, '.length + 32;
  expect(tally.size()).toMatchObject({ shared: 1, new: 1, lost: 1, bytes });
});
