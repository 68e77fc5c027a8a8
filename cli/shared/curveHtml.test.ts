import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
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

  test('without records the page says so', () =>
    expect(curveHtml([])).toContain('No codec has been measured yet'));
});
