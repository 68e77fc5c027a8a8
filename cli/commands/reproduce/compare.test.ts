import { expect, test } from 'vitest';
import { compareField, compareTables } from './compare';

const table = (rows: string) =>
  `# T\n\n## M\n\n| Codec | Bytes | Δ % [95 %] | Tokens/s |\n| :-- | --: | --: | --: |\n${rows}`;

test.each([
  ['Bytes', '1,040', '1,040', { kind: 'exact', agrees: true, ratio: 1 }],
  ['Bytes', '1,040', '1,041', { kind: 'exact', agrees: false }],
  ['‖W−Ŵ‖÷‖W‖', '0.0484', '0.0485', { kind: 'exact', agrees: false }],
  ['Δ % [95 %]', '+5.0 [+3.8, +6.2]', '+6.1 [+4.9, +7.3]', { kind: 'measured', agrees: true }],
  ['Δ % [95 %]', '+5.0 [+3.8, +6.2]', '+6.3 [+5.1, +7.5]', { kind: 'measured', agrees: false }],
  ['Perplexity ± SE', '4.33 ± 0.15', '4.60 ± 0.16', { kind: 'measured', agrees: true }],
  ['Perplexity ± SE', '4.33 ± 0.15', '4.64 ± 0.16', { kind: 'measured', agrees: false }],
  ['KL (nats)', '0.0316', '0.0340', { kind: 'measured', agrees: true }],
  ['KL (nats)', '0.0316', '0.0360', { kind: 'measured', agrees: false }],
  ['Tokens/s', '12,000', '6,000', { kind: 'speed', agrees: true, ratio: 0.5 }],
  ['Verdict', 'worse than `a`, +1', 'unsure against `a`, +1', { kind: 'measured', agrees: true }],
  ['Within 10 %', 'holds', 'unsure', { kind: 'measured', agrees: true }],
  ['Within 10 %', 'holds', 'fails', { kind: 'measured', agrees: false }],
  ['Flags', 'software-adapter', 'cpu', { kind: 'exact', agrees: true }],
  ['Flags', 'software-adapter', '–', { kind: 'exact', agrees: true }],
  ['Flags', 'software-adapter, few-clusters', 'cpu', { kind: 'exact', agrees: false }],
  ['Verdict', 'worse than `a`, +1', 'better than `a`, −1', { kind: 'measured', agrees: false }],
])('%s: %s beside %s', (column, committed, found, expected) =>
  expect(compareField(column, committed, found)).toMatchObject(expected),
);

test('cells are compared row by row, whatever the order of the rows', () => {
  const committed = table('| `a` | 10 | +1.0 [+0.5, +1.5] | 9 |\n| `b` | 20 | +2.0 [+1.5, +2.5] | 9 |\n');
  const found = table('| `b` | 21 | +2.0 [+1.5, +2.5] | 3 |\n| `a` | 10 | +1.1 [+0.6, +1.6] | 9 |\n');
  const fields = compareTables(committed, found);
  expect(fields).toHaveLength(8);
  expect(fields.filter(({ agrees }) => !agrees)).toEqual([
    {
      table: 'M',
      row: '`b`',
      column: 'Bytes',
      kind: 'exact',
      committed: '20',
      found: '21',
      ratio: 1.05,
      agrees: false,
    },
  ]);
  expect(fields.filter(({ kind }) => kind === 'speed').map(({ ratio }) => ratio)).toEqual([1, 1 / 3]);
});

test('a missing row and a missing table are differences', () => {
  const committed = table('| `a` | 10 | +1.0 [+0.5, +1.5] | 9 |\n');
  for (const found of [table(''), '# Nothing\n'])
    expect(compareTables(committed, found)).toMatchObject([{ row: '`a`', found: 'none', agrees: false }]);
});
