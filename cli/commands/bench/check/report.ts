import { fixed } from '../../../../src/base/format';
import { markdownTable } from '../../../../src/base/markdown';
import type { RatioCheck } from '../../../../src/bench/regression';

const OUTCOMES: Record<RatioCheck['outcome'], string> = {
  ok: 'ok',
  slower: 'SLOWER',
  'not-measured': 'NOT MEASURED',
};

/** Returns the comparison as a Markdown table, and a last line with the verdict. */
export function checkTable(checks: readonly RatioCheck[]): string {
  const bad = checks.filter(({ outcome }) => outcome !== 'ok').length;
  const table = markdownTable(
    [
      ['Case', ({ name, shape }) => `${name} ${shape}`, 'left'],
      ['Ours ÷ peer', ({ ratio }) => (ratio ? interval(ratio.median, ratio.ci95) : '–')],
      ['Stored', ({ stored }) => interval(stored.median, stored.range)],
      ['', ({ outcome }) => OUTCOMES[outcome], 'left'],
    ],
    checks,
  );
  return `${table}\n${checks.length - bad} of ${checks.length} cases are as fast as stored: ${bad === 0 ? 'PASS' : 'FAIL'}\n`;
}

function interval(median: number, [low, high]: readonly [number, number]): string {
  return `${fixed(median, 2)} [${fixed(low, 2)}, ${fixed(high, 2)}]`;
}
