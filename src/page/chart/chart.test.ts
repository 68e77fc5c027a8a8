import { describe, expect, it } from 'vitest';
import { record } from '../testing/record';
import type { Entry } from '../store/records';
import { buildFigure } from './figure';
import { isLog, supportsLogScale } from './frame';
import { placeLabels } from './labels';
import { chartPoints } from './points';
import type { ChartView } from './points';
import { baselineOn, shownAxis, taskAxes, type YAxis } from './quality';
import { linearScale, logarithmic, symmetricLog } from './scale';

const view: ChartView = { x: 'bitsPerWeight', y: 'change', log: null };

function entry(id: string, bits: number, value: number, over: Parameters<typeof record>[0] = {}): Entry {
  const quality = {
    value,
    deltaPercent: value - 12,
    deltaPercentCi95: [value - 12.5, value - 11.5] as [number, number],
  };
  return {
    record: record({ ...over, id, size: { bitsPerWeight: bits }, quality: { ...quality, ...over.quality } }),
    origin: 'measured',
  };
}

function figure(entries: Entry[], given: Partial<ChartView> = {}) {
  const full = { ...view, ...given };
  const points = chartPoints(entries, full);
  return buildFigure({
    points,
    view: full,
    selected: null,
    palette: (v) => (v === '--surface' ? 'rgb(255, 255, 255)' : 'rgb(0, 0, 100)'),
    width: 800,
    height: 400,
  });
}

describe('scales', () => {
  it('the symmetric logarithm maps zero to zero, is odd and grows with decades', () => {
    const { at } = symmetricLog(0.5);
    expect(at(0)).toBe(0);
    expect(at(-7)).toBeCloseTo(-at(7), 12);
    expect(at(5000) - at(500)).toBeCloseTo(1, 2);
    expect(symmetricLog(0.5).ticks(-0.1, 1200)).toEqual([0, 1, 10, 100, 1000]);
  });
  it('ticks are round numbers inside the range', () => {
    expect(linearScale.ticks(1.6, 16.4)).toEqual([2, 4, 6, 8, 10, 12, 14, 16]);
    expect(logarithmic.ticks(11, 70)).toEqual([20, 50]);
  });
});

describe('the frontier', () => {
  it('holds the points that no smaller and better point dominates', () => {
    const points = chartPoints(
      [entry('a', 4, 13), entry('b', 5, 12.5), entry('c', 4.5, 14), entry('d', 5, 12.6)],
      view,
    );
    expect(points.filter((p) => p.frontier).map((p) => p.id)).toEqual(['a', 'b']);
  });
  it('leaves out records with invalid quality, but not those with invalid speed', () => {
    const points = chartPoints(
      [
        entry('partial', 2, 1, { status: 'partial', validity: ['partial'] }),
        entry('software', 4, 13, { validity: ['software-adapter'] }),
      ],
      view,
    );
    expect(points.filter((p) => p.frontier).map((p) => p.id)).toEqual(['software']);
  });
  it('prefers higher accuracy', () => {
    const image = { quality: { task: 'image-accuracy' as const } };
    const points = chartPoints(
      [entry('low', 3, 0.5, image), entry('high', 4, 0.8, image), entry('bad', 5, 0.7, image)],
      view,
    );
    expect(points.filter((p) => p.frontier).map((p) => p.id)).toEqual(['low', 'high']);
  });
});

describe('point labels', () => {
  it('distinguish one codec with two scopes', () => {
    const [linear, all] = chartPoints(
      [entry('a', 4, 12), entry('b', 5, 12, { scope: 'all', rest: 'float32' })],
      view,
    );
    expect(linear.label).not.toContain('scope');
    expect(all.label).toBe(`${linear.label}, scope all, rest float32`);
  });

  it('equal points are both on the frontier', () => {
    const points = chartPoints([entry('a', 4, 12), entry('b', 4, 12), entry('c', 5, 13)], view);
    expect(points.filter((p) => p.frontier).map((p) => p.id)).toEqual(['a', 'b']);
  });
});

describe('the figure', () => {
  it('draws the frontier, points with asymmetric error bars and the baseline', () => {
    const { data, layout } = figure([entry('a', 4, 13), entry('b', 5, 12.5, { role: 'opponent' })], {
      log: false,
    });
    expect(data[0]).toMatchObject({ mode: 'lines', x: [4, 5], line: { shape: 'hv' } });
    expect(data[1]).toMatchObject({
      customdata: ['a'],
      y: [1],
      error_y: { array: [0.5], arrayminus: [0.5] },
    });
    expect(data[2]).toMatchObject({ customdata: ['b'], marker: { size: 8 } });
    expect((data[2].marker as { symbol: string }).symbol).toMatch(/-open$/);
    expect(layout.shapes).toMatchObject([{ type: 'line', y0: 0 }]);
  });
  it('draws dominated points pale and escapes names', () => {
    const bad = entry('bad', 6, 14, { codec: { spec: '<img src=x>' } });
    const { data } = figure([entry('a', 4, 13), bad]);
    const [best, pale] = data.slice(1) as { marker: { color: string }; hovertext: string[] }[];
    expect(best.marker.color).toBe('rgb(0, 0, 100)');
    expect(pale.marker.color).toBe('rgb(128, 128, 178)');
    expect(pale.hovertext[0]).not.toContain('<img');
  });
  it('shows the baseline value with its interval', () => {
    const base = baselineOn(record({ quality: { baseline: { value: 12, standardError: 0.5 } } }), 'value');
    expect(base.low).toBeCloseTo(12 - 0.98, 2);
    expect(base.high).toBeCloseTo(12 + 0.98, 2);
  });
  it('supports a logarithmic scale where it is useful', () => {
    const text = chartPoints([entry('a', 4, 13)], view);
    const image = chartPoints([entry('a', 4, 0.5, { quality: { task: 'image-accuracy' } })], view);
    expect([isLog(text, view), isLog(image, view)]).toEqual([true, false]);
    expect(supportsLogScale(image, { ...view, y: 'value' })).toBe(false);
  });
  it('handles an interval below zero on a logarithmic axis', () => {
    const wide = entry('a', 4, 3, { quality: { standardError: 5 } });
    const { data, layout } = figure([wide], { y: 'value', log: true });
    const bars = data[1].error_y as { array: number[]; arrayminus: number[] };
    expect([...bars.array, ...bars.arrayminus].every(Number.isFinite)).toBe(true);
    expect((layout.yaxis as { range: number[] }).range.every(Number.isFinite)).toBe(true);
  });
});

describe('a task on the quality axis', () => {
  const axis: YAxis = 'task sums exact-match';
  /** @param value share of right answers, of the baseline 0.9 */
  const asked = (id: string, bits: number, value: number) =>
    entry(id, bits, 12, {
      tasks: [
        {
          ...{ task: 'sums', label: 'Sums', dataset: 'sums', datasetSha256: '', examples: 100, leftOut: [] },
          samples: [],
          metrics: [
            {
              ...{ id: 'exact-match', label: 'Exact match', kind: 'proportion', value, standardError: 0.02 },
              comparison: {
                baseline: { value: 0.9, standardError: 0.03 },
                ...{ delta: value - 0.9, deltaCi95: [value - 1, value - 0.8] },
                ...{ changePercent: 0, withinTenPercent: 'unsure' },
              },
            },
          ],
        },
      ],
    });
  const entries = [asked('good', 4, 0.8), asked('bad', 5, 0.5), entry('silent', 3, 11)];
  const records = entries.map((each) => each.record);

  it('is offered by name, shows shares in per cent, and ranks by them', () => {
    expect([...taskAxes(records)]).toEqual([[axis, 'Sums: Exact match']]);
    const points = chartPoints(entries, { ...view, y: axis });
    // A record that was not asked has no point. 80 ± 1.959964 · 2 points.
    expect(points.map(({ id, y, frontier }) => [id, y, frontier])).toEqual([
      ['good', 80, true],
      ['bad', 50, false],
    ]);
    expect(points[0].low).toBeCloseTo(80 - 3.92, 2);
    expect(baselineOn(records[0], axis)).toMatchObject({ y: 90, high: expect.closeTo(95.88, 2) as number });
  });
  it('has a linear scale, its title and its value in the hover text', () => {
    const { data, layout } = figure(entries, { y: axis });
    expect(isLog(chartPoints(entries, { ...view, y: axis }), { ...view, y: axis })).toBe(false);
    expect(layout.yaxis).toMatchObject({ title: { text: 'Sums: Exact match (%)' } });
    expect((data[1] as { hovertext: string[] }).hovertext[0]).toContain('Sums: Exact match 80.0 ± 2.0 %');
  });
  it('gives way to the change where no record has it', () =>
    expect([shownAxis(records, axis), shownAxis([records[2]], axis)]).toEqual([axis, 'change']));
});

describe('labels', () => {
  const at = (x: number, y: number) => ({ x, y, text: 'rtn 4b', errorUp: 2, errorDown: 2 });
  it('take the first free position', () =>
    expect(placeLabels([at(100, 100)], { width: 400, height: 300 })).toEqual(['middle right']));
  it('stay inside the chart', () =>
    expect(placeLabels([at(395, 100)], { width: 400, height: 300 })).toEqual(['middle left']));
  it('do not overlap labels or points', () => {
    const places = placeLabels([at(100, 100), at(125, 100)], { width: 400, height: 300 });
    expect(places[0]).not.toBe('middle right');
    expect(places[1]).toBe('middle right');
  });
  it('do not overlap the frontier', () => {
    const line = [
      { x: 100, y: 100 },
      { x: 300, y: 100 },
    ];
    expect(placeLabels([at(100, 100)], { width: 400, height: 300 }, line)).toEqual(['middle left']);
  });
  it('are left out where there is no room', () => {
    const crowd = Array.from({ length: 30 }, (_, i) => at(100 + i, 100 + (i % 5)));
    expect(placeLabels(crowd, { width: 300, height: 200 })).toContain(null);
  });
});
