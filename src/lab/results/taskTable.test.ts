import { expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import { recordsToCsv, recordsToMarkdown } from './export';
import { parseRecord } from './record';
import type { TaskResult } from './taskResult';
import { qualityWithinMargin, tasksToCsv } from './taskTable';

const task: TaskResult = {
  task: 'lambada',
  label: 'LAMBADA, the last word',
  dataset: 'lambada',
  datasetSha256: 'aa',
  examples: 200,
  leftOut: [],
  metrics: [
    {
      ...{ id: 'accuracy', label: 'Accuracy', kind: 'proportion', value: 0.31, standardError: 0.033 },
      comparison: {
        baseline: { value: 0.35, standardError: 0.034 },
        delta: -0.04,
        deltaCi95: [-0.075, -0.011],
        changePercent: -11.43,
        withinTenPercent: 'unsure',
      },
    },
    { id: 'perplexity', label: 'Perplexity', kind: 'perplexity', value: 40.4, standardError: 2.5 },
  ],
  samples: [{ place: 'line 1', prompt: 'a', expected: 'b', baseline: 'b', answer: 'c' }],
  examplesPerSecond: 12.34,
};
const record = sampleRecord({ tasks: [task] });

test('a record with tasks is valid', () => expect(parseRecord(record)).toEqual(record));

test('the table of tasks follows the one of the records', () => {
  const rows = recordsToMarkdown([record])
    .split('\n')
    .filter((line) => /lambada|Perplexity \|/.test(line));
  expect(rows).toEqual([
    '| `rtn(bits=4,group=32)` | 4.92 | tinystories | 32 | Perplexity | 14.532 ± 0.041 | +0.31 [+0.21, +0.41] | +2.2 % | holds | – |',
    '| `rtn(bits=4,group=32)` | 4.92 | lambada | 200 | Accuracy | 31.0 ± 3.3 % | −4.0 [−7.5, −1.1] | −11.4 % | unsure | 12.3 |',
    '| `rtn(bits=4,group=32)` | 4.92 | lambada | 200 | Perplexity | 40.4 ± 2.5 | – | – | – | 12.3 |',
  ]);
  expect(recordsToMarkdown([sampleRecord()])).not.toContain('Within 10 %');
});

test('the CSV of tasks has a line for each metric, and the records’ a cell', () => {
  const [header, first, second] = tasksToCsv([record])!.split('\r\n');
  expect(header.split(',').length).toBe(first.match(/("[^"]*"|[^,]*)(,|$)/g)!.length - 1);
  expect(first).toContain(
    ',accuracy,proportion,0.31,0.033,0.35,0.034,-0.04,-0.075,-0.011,-11.43,unsure,12.34',
  );
  expect(second).toContain(',perplexity,perplexity,40.4,2.5,,,,,,,,12.34');
  expect(tasksToCsv([sampleRecord()])).toBeUndefined();
  expect(recordsToCsv([record])).toContain('lambada.accuracy=0.31 lambada.perplexity=40.4');
});

test('the perplexity itself is within 10 % by its interval', () => {
  const withPercent = (deltaPercentCi95: [number, number]) => {
    const { quality } = record;
    return qualityWithinMargin({ role: 'codec', quality: { ...quality, deltaPercentCi95 } });
  };
  expect(withPercent([1, 9])).toBe('holds');
  expect(withPercent([9, 12])).toBe('unsure');
  expect(withPercent([11, 12])).toBe('fails');
  expect(qualityWithinMargin({ role: 'baseline', quality: record.quality })).toBeUndefined();
});
