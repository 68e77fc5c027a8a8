import { describe, expect, test } from 'vitest';
import { codecMeta } from '../../../codecs/contract/registry';
import { parseCodec } from '../../../codecs/contract/spec';
import { sampleRecord } from '../../../testing/sampleRecord';
import { EMBEDDED_NAMES } from '../../plan/build';
import type { LabRecord } from '../../results/record';
import { bounds, cellBounds, type PublishedGrid } from './grid';
import { chosenCells, SHIPPED_CALIBRATION, specOf, validationPlan } from './plan';
import { publishedGrids } from './registry';
import { passed, validationRows, validationText } from './table';

const grid: PublishedGrid = {
  id: 'sample',
  title: 'A sample in print',
  model: 'owner/name@main',
  data: 'wikitext-2-hf',
  context: 128,
  windows: 32,
  float: { value: 14, within: { perplexity: 0.01, share: 0 } },
  cells: [
    { codec: 'rtn-float32(bits=4,group=row)', value: 16, within: { perplexity: 0.01, share: 0 } },
    { codec: 'rtn-float32(bits=3,group=row)', value: 1000, within: { perplexity: 0, share: 0.02 } },
    {
      codec: 'gptq(bits=4,group=row)',
      value: 15,
      within: { perplexity: 0.5, share: 0 },
      rounding: 16,
      also: 15.1,
    },
  ],
  source: 'a paper',
  note: '',
};

const base = sampleRecord();
function record(spec: string | undefined, value: number, more: Partial<LabRecord['codec']> = {}): LabRecord {
  const role = spec === undefined ? 'baseline' : 'codec';
  const codec = { ...base.codec, spec: spec ?? 'float32', ...more };
  return sampleRecord({
    id: spec ?? 'baseline',
    role,
    codec,
    quality: { ...base.quality, value, windows: 32 },
  });
}

const calibratedOn = (dataset: string) => ({
  calibration: { dataset, sha256: 'dd', windows: 24, seeds: [1] },
});
const GPTQ = specOf(grid.cells[2]);
const outcomes = (...records: LabRecord[]) =>
  validationRows(grid, grid.cells, { records, failures: new Map() }).map(({ outcome }) => outcome);

describe('results beside published figures', () => {
  test('passes at a bound and fails beyond it, by absolute and relative tolerance', () => {
    expect(bounds(grid.cells[1])).toEqual([980, 1020]);
    const at = (float: number, four: number, three: number) =>
      outcomes(
        record(undefined, float),
        record(grid.cells[0].codec, four),
        record(grid.cells[1].codec, three),
      ).slice(0, 3);
    expect(at(14.01, 15.99, 1020)).toEqual(['pass', 'pass', 'pass']);
    expect(at(14.011, 15.98, 1021)).toEqual(['FAIL', 'FAIL', 'FAIL']);
  });

  test('a codec calibrated on the shipped text may lose as much as rounding in print, and not more', () => {
    expect(cellBounds(grid.cells[2], true)).toEqual([14.5, 15.5]);
    expect(cellBounds(grid.cells[2], false)).toEqual([14.5, 16]);
    const of = (value: number, dataset: string) =>
      outcomes(record(undefined, 14), record(GPTQ, value, calibratedOn(dataset)))[3];
    expect([of(15.9, SHIPPED_CALIBRATION), of(16.1, SHIPPED_CALIBRATION)]).toEqual(['pass', 'FAIL']);
    expect([of(15.9, 'c4.txt'), of(15.4, 'c4.txt')]).toEqual(['FAIL', 'pass']);
  });

  test('another number of windows is not comparable, and a missing figure does not pass', () => {
    const cut = (r: LabRecord): LabRecord => ({ ...r, quality: { ...r.quality, windows: 2 } });
    const few = [record(undefined, 99), record(grid.cells[0].codec, 99)].map(cut);
    expect(outcomes(...few)).toEqual(['not comparable', 'not comparable', 'not measured', 'not measured']);
    const found = { records: few, failures: new Map([[GPTQ, 'It has no calibration data.']]) };
    const all = validationRows(grid, grid.cells, found);
    expect(passed(all, true)).toBe(false);
    expect(passed(all.slice(0, 2), true)).toBe(true);
    // All windows were requested and their number differs from print: the text or the tokenizer is another one.
    expect(passed(all.slice(0, 2), false)).toBe(false);
    const text = validationText(grid, all, found);
    expect(text).toContain('not measured: It has no calibration data.');
    expect(text).toContain('Not comparable: 2 windows were scored; the figures in print are over 32.');
  });

  test('the table says what was printed, what passes and what was calibrated on', () => {
    const records = [record(undefined, 14), record(GPTQ, 15.25, calibratedOn(SHIPPED_CALIBRATION))];
    const found = { records, failures: new Map<string, string>() };
    const text = validationText(grid, validationRows(grid, grid.cells, found), found);
    expect(text).toContain(
      '| `gptq(bits=4,group=row)` | 15.2500 | 15.0000 | 15.1000 | 14.5000 … 16.0000 | pass |',
    );
    expect(text).toMatch(/24 windows of tinystories-calibration; the sources take 128 of C4/);
  });
});

describe.each([...publishedGrids.values()])('$id', (published) => {
  test('names its model at a commit, and every codec as the lab spells it, once', () => {
    expect(published.model).toMatch(/^[\w-]+\/[\w.-]+@[0-9a-f]{40}$/);
    const specs = published.cells.map(specOf);
    expect(new Set(specs).size).toBe(specs.length);
    for (const { codec } of published.cells) expect(codecMeta(parseCodec(codec).id).assigns).toBeUndefined();
  });

  test('an uncompressed model passes no cell that rounding damages, and bounds hold the printed value', () => {
    for (const cell of published.cells) {
      const [low, high] = cellBounds(cell, false);
      expect(low).toBeLessThan(cell.value);
      expect(high).toBeGreaterThan(cell.value);
      if (/bits=[34]/.test(cell.codec)) expect(low).toBeGreaterThan(published.float.value);
      if (cell.rounding !== undefined) expect(cell.rounding).toBeGreaterThan(cell.value);
    }
  });

  test('is run by the protocol of the GPTQ paper', () => {
    const names = {
      ...EMBEDDED_NAMES,
      model: (id: string) => ({ id, task: 'language-model' as const, maxContext: 2048 }),
    };
    const plan = validationPlan(published, {}, names);
    expect(plan).toMatchObject({
      ...{ model: published.model, data: 'wikitext-2-hf', scope: 'linear', rest: 'float32', verdict: false },
      protocol: { kind: 'windows', context: 2048, stride: 2048 },
      calibration: { data: SHIPPED_CALIBRATION, windows: 24, draws: 1 },
    });
    expect(plan.protocol.windows).toBeUndefined();
    const own = validationPlan(published, { only: ['gptq'], calibration: 'tinystories' }, names);
    expect(own.calibration).toMatchObject({ data: 'tinystories', windows: 128 });
    expect(validationPlan(published, { only: ['rtn-'] }, names).calibration).toBeNull();
    expect(chosenCells(published, ['hqq']).every(({ codec }) => codec.startsWith('hqq'))).toBe(true);
  });
});
