import { describe, expect, test } from 'vitest';
import { frontierToMarkdown, recordsToCsv, recordsToMarkdown } from './export';
import { parseRecord, type LabRecord } from './record';
import { sampleRecord } from '../../testing/sampleRecord';

/** RFC 4180 in its own words: quoted cells, doubled quotes, CRLF between lines. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  for (let at = 0, row: string[] = []; at < text.length;) {
    const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
    cell.lastIndex = at;
    const [whole, body, end] = cell.exec(text)!;
    row.push(body.startsWith('"') ? body.slice(1, -1).replaceAll('""', '"') : body);
    at += whole.length;
    if (end === '\r\n') rows.push(row.splice(0));
  }
  return rows;
}

function csvRow(record: LabRecord): Record<string, string> {
  const [header, row] = readCsv(recordsToCsv([record]));
  return Object.fromEntries(header.map((name, i) => [name, row[i]]));
}

test('the sample is a valid record', () => expect(parseRecord(sampleRecord())).toEqual(sampleRecord()));

describe('CSV', () => {
  test('full precision, empty cells for what was not measured', () => {
    const row = csvRow(sampleRecord({ error: undefined }));
    expect(row).toMatchObject({
      codec: 'rtn(bits=4,group=32)',
      quality: '14.532187',
      delta_low: '0.21',
      relative_l2: '',
      software_adapter: 'true',
      validity: 'software-adapter',
    });
  });

  test('commas, quotes and line breaks survive', () => {
    const id = 'a,"b"\r\nc';
    const record = sampleRecord();
    expect(csvRow({ ...record, model: { ...record.model, id } }).model).toBe(id);
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('%j is not a formula', (id) => {
    const record = sampleRecord();
    expect(csvRow({ ...record, model: { ...record.model, id } }).model).toBe(`'${id}`);
  });

  test('negative numbers stay numbers', () => {
    const record = sampleRecord();
    expect(csvRow({ ...record, quality: { ...record.quality, delta: -0.5 } }).delta).toBe('-0.5');
  });

  test('no records: the header alone', () => expect(readCsv(recordsToCsv([])).length).toBe(1));
});

describe('Markdown', () => {
  test('a row has a cell for every column, with digits by the intervals', () => {
    const text = recordsToMarkdown([sampleRecord()]);
    const row = text.split('\n').find((line) => line.includes('`rtn(bits=4,group=32)`'))!;
    const cells = row.split('|').slice(1, -1);
    expect(cells.map((cell) => cell.trim())).toEqual([
      '`rtn(bits=4,group=32)`',
      '160,000',
      '6.50×',
      '3.25×',
      '4.92',
      '4.50',
      '14.532 ± 0.041',
      '+2.20 [+1.48, +2.88]',
      '0.0123',
      '91.2 %',
      '0.0345',
      '12.3',
      '5,120',
      'worse than `rtn(bits=5,group=64)`, +0.020 [+0.010, +0.030]',
      'software-adapter',
    ]);
  });

  test('the baseline comes first, opponents last, and each says so', () => {
    const text = recordsToMarkdown([
      sampleRecord({ role: 'opponent' }),
      sampleRecord(),
      sampleRecord({ role: 'baseline' }),
    ]);
    const names = text.split('\n').flatMap((line) => /^\| (`.*?`.*?|Round.*?) \|/.exec(line)?.[1] ?? []);
    expect(names).toEqual([
      'Round to nearest',
      '`rtn(bits=4,group=32)`',
      '`rtn(bits=4,group=32)` (opponent)',
    ]);
  });

  test('the short table has the baseline and the Pareto frontier of the first model, from large to small', () => {
    const record = sampleRecord();
    const of = (spec: string, totalBytes: number, value: number, role: LabRecord['role'] = 'codec') =>
      sampleRecord({
        role,
        codec: { ...record.codec, spec },
        size: { ...record.size, totalBytes },
        quality: { ...record.quality, value },
      });
    const text = frontierToMarkdown([
      of('small', 100, 15),
      of('dominated', 150, 16),
      of('large', 200, 14),
      of('rounding', 90, 14, 'opponent'),
      of('float32', 800, 14, 'baseline'),
      { ...of('other', 50, 1), model: { ...record.model, id: 'another' } },
    ]);
    const [header, , ...rows] = text.split('\n').filter((line) => line.startsWith('|'));
    expect(header).toBe('| Codec | Bytes | Bits/weight | Perplexity ± SE | Δ % [95 %] |');
    expect(rows.map((row) => row.split(' | ')[0])).toEqual(['| Round to nearest', '| `large`', '| `small`']);
  });

  test('each model has a table, and images have columns of their own', () => {
    const record = sampleRecord();
    const image = sampleRecord({
      model: { ...record.model, id: 'vit' },
      quality: {
        ...record.quality,
        task: 'image-accuracy',
        value: 0.8133,
        standardError: 0.0244,
        images: 256,
      },
    });
    const text = recordsToMarkdown([record, image]);
    expect(text.match(/^### /gm)?.length).toBe(2);
    expect(text).toContain('81.3 ± 2.4');
    expect(text).toContain('Images/s');
  });

  test('names from files cannot break the table or add markup', () => {
    const record = sampleRecord({ validity: ['a|b <img src=x>'] });
    const text = recordsToMarkdown([{ ...record, model: { ...record.model, id: 'x\n| y |' } }]);
    expect(text).toContain('a\\|b \\<img src=x\\>');
    expect(text.split('\n')[0]).toMatch(/^### x \\\| y \\\| on/);
  });

  test('the verdict of a codec calibrated on one draw holds for that sample alone', () => {
    const { verdict } = sampleRecord();
    const text = (draws: number) => recordsToMarkdown([sampleRecord({ verdict: { ...verdict!, draws } })]);
    expect(text(1)).toContain('[+0.010, +0.030], for this calibration sample |');
    expect(text(3)).not.toContain('calibration sample');
  });

  test('no records give no table', () => expect(recordsToMarkdown([])).toBe(''));
});
