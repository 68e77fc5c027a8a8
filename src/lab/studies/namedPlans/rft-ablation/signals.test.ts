import { expect, test } from 'vitest';
import { signalsText } from './signals';

/** Rows of the table as cells, by basis. */
function rows(): Map<string, string[]> {
  const lines = signalsText()
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2);
  return new Map(
    lines.map((line) => {
      const [basis, ...cells] = line.split('|').slice(1, -1);
      return [basis.trim(), cells.map((cell) => cell.trim())] as const;
    }),
  );
}

test('the canonical RFT leads on its own tones only, by the figures recomputed elsewhere', () => {
  const table = rows();
  const value = (basis: string, column: number) => Number(table.get(basis)![column].replace('−', '-'));
  expect(Math.abs(value('canonical', 0) - 4.6)).toBeLessThan(0.8);
  expect(table.get('canonical')![1]).toBe('+4.6');
  expect(value('phase-fft', 0)).toBe(0);
  for (const [basis, cells] of table)
    for (const column of [2, 4])
      if (cells[column + 1] !== '–')
        expect(Math.abs(value(basis, column) - Number(cells[column + 1]))).toBeLessThan(0.02);
  expect(value('dct', 2)).toBeGreaterThan(value('canonical', 2));
}, 30_000);

test('the H3 cascade reports a rate of 0.68 for every input', () =>
  expect(signalsText()).toContain('0.68 on Gaussian values and 0.68 on a golden'));
