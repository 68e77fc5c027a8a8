import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { TaskResult } from '../../src/lab/results/taskResult';
import { OutputFolder } from '../../src/platform/node/recordStore';
import { sampleRecord } from '../../src/testing/sampleRecord';
import { curveHtml, drawCurve } from './curveHtml';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-curve-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('curve.html', () => {
  const hostile = '</script><script>alert(1)</script>';
  const record = sampleRecord();

  test('loads nothing from other files or hosts', async () => {
    const folder = await OutputFolder.open(join(root, 'curve'));
    await folder.save(record);
    await drawCurve(folder);
    const html = readFileSync(join(folder.path, 'curve.html'), 'utf8');
    expect(html).not.toMatch(/<(script|link|img|iframe)[^>]*\b(src|href)=/i);
    expect(html).toContain('stories260K on tinystories');
    expect(existsSync(join(folder.path, 'curve.html.part'))).toBe(false);
  });

  test('escapes names that contain markup', () => {
    const html = curveHtml([{ ...record, model: { ...record.model, id: hostile } }]);
    expect(html).not.toContain('alert(1)</script>');
    expect(html.match(/<script/g)!.length).toBe(curveHtml([record]).match(/<script/g)!.length);
  });

  test('contains a drawing for every setting as valid JSON', () => {
    const html = curveHtml([
      record,
      sampleRecord({ id: 'b', role: 'opponent' }),
      sampleRecord({ id: 'c', role: 'baseline' }),
    ]);
    const json = /id="sections">(.*?)<\/script>/s.exec(html)![1];
    const [section] = JSON.parse(json) as { figures: Record<string, unknown> }[];
    expect(Object.keys(section.figures).length).toBe(12);
  });

  test('offers the metrics of tasks as axes, and tabulates what each form of the model scored', () => {
    const score = (value: number): TaskResult => ({
      ...{
        task: 'choice:a<b.jsonl',
        label: 'choice',
        dataset: 'a<b.jsonl',
        datasetSha256: '',
        examples: 200,
      },
      ...{ leftOut: [], samples: [], examplesPerSecond: 12.34 },
      metrics: [{ id: 'accuracy', label: 'accuracy', kind: 'proportion', value, standardError: 0.02 }],
    });
    const html = curveHtml([
      { ...sampleRecord({ id: 'c', role: 'baseline' }), tasks: [score(0.95)] },
      { ...record, tasks: [score(0.9)] },
      sampleRecord({ id: 'd', model: { ...record.model, id: 'other' } }),
    ]);
    expect(html).toContain('<option value="task choice:a&#60;b.jsonl accuracy">choice: accuracy</option>');
    expect(html).toMatch(/<th>Task<\/th>.*<th>Examples\/s<\/th>/);
    expect(html.match(/<td>choice:a&#60;b\.jsonl<\/td>/g)).toHaveLength(2);
    expect(html).toMatch(/<td>95\.0 ± 2\.0 %<\/td>/);
    expect(html.match(/<table>/g)).toHaveLength(1);
    const sections = JSON.parse(/id="sections">(.*?)<\/script>/s.exec(html)![1]) as { figures: object }[];
    // Three sizes, three qualities, and either scale. The other model was not asked, and keeps its change of perplexity.
    expect(sections.map(({ figures }) => Object.keys(figures).length)).toEqual([18, 18]);
    const figureOf = (section: number) =>
      JSON.stringify(
        (sections[section].figures as Record<string, unknown>)[
          'bitsPerWeight task choice:a<b.jsonl accuracy false'
        ],
      );
    expect(figureOf(0)).toContain('choice: accuracy (%)');
    expect(figureOf(1)).toContain('Change in perplexity (%)');
  });

  test('without records the page says so', () =>
    expect(curveHtml([])).toContain('No codec has been measured yet'));
});
