import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sampleRecord } from '../../src/testing/sampleRecord';
import { curveHtml } from './curveHtml';
import { OutputFolder } from './outputFolder';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-out-'));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = (name: string) => join(root, name);

describe('the output folder', () => {
  test('records are on disk the moment they are saved, whole', async () => {
    const folder = await OutputFolder.open(fresh('a/b'));
    await folder.save(sampleRecord());
    expect(JSON.parse(readFileSync(join(folder.path, 'records.json'), 'utf8'))).toEqual([sampleRecord()]);
    expect(readFileSync(join(folder.path, 'records.csv'), 'utf8')).toContain('"rtn(bits=4,group=32)"');
    expect(readdirSync(folder.path).sort()).toEqual(['records.csv', 'records.json']);
  });

  test('a named plan’s table lies beside the records', async () => {
    const folder = await OutputFolder.open(fresh('named'));
    await folder.write('tenpak.md', '# Table\n');
    expect(readFileSync(join(folder.path, 'tenpak.md'), 'utf8')).toBe('# Table\n');
  });

  test('a later sweep finds what is complete, by run key; a verdict replaces its record', async () => {
    const first = await OutputFolder.open(fresh('resume'));
    await first.save(sampleRecord({ verdict: undefined }));
    await first.save(sampleRecord({ id: 'cut', runKey: 'cut', status: 'partial' }));
    const second = await OutputFolder.open(fresh('resume'));
    expect((await second.find('key'))?.id).toBe('sample');
    expect(await second.find('cut')).toBeUndefined();
    expect(await second.find('other')).toBeUndefined();
    await second.save(sampleRecord());
    expect(second.records.map((record) => record.verdict?.outcome)).toEqual(['worse', 'worse']);
  });

  test.each([
    ['not JSON', '{'],
    ['not a list', '{}'],
    ['not records', '[{"id":1}]'],
  ])('a records.json that is %s is refused, not overwritten', async (_, content) => {
    const path = fresh(`bad-${content.length}`);
    await OutputFolder.open(path);
    writeFileSync(join(path, 'records.json'), content);
    await expect(OutputFolder.open(path)).rejects.toMatchObject({ code: 'bad-file' });
    expect(readFileSync(join(path, 'records.json'), 'utf8')).toBe(content);
  });

  test('a path that cannot be a folder gives a sentence', async () => {
    writeFileSync(fresh('file'), '');
    await expect(OutputFolder.open(fresh('file/sub'))).rejects.toMatchObject({ code: 'storage' });
  });
});

describe('curve.html', () => {
  const hostile = '</script><script>alert(1)</script>';
  const record = sampleRecord();

  test('needs nothing from outside', async () => {
    const folder = await OutputFolder.open(fresh('curve'));
    await folder.save(record);
    await folder.drawCurve();
    const html = readFileSync(join(folder.path, 'curve.html'), 'utf8');
    expect(html).not.toMatch(/<(script|link|img|iframe)[^>]*\b(src|href)=/i);
    expect(html).toContain('stories260K on tinystories');
    expect(existsSync(join(folder.path, 'curve.html.part'))).toBe(false);
  });

  test('names cannot become markup or end a script', () => {
    const html = curveHtml([{ ...record, model: { ...record.model, id: hostile } }]);
    expect(html).not.toContain('alert(1)</script>');
    expect(html.match(/<script/g)!.length).toBe(curveHtml([record]).match(/<script/g)!.length);
  });

  test('every drawing of every setting is inside, with valid JSON', () => {
    const html = curveHtml([
      record,
      sampleRecord({ id: 'b', role: 'opponent' }),
      sampleRecord({ id: 'c', role: 'baseline' }),
    ]);
    const json = /id="sections">(.*?)<\/script>/s.exec(html)![1];
    const [section] = JSON.parse(json) as { figures: Record<string, unknown> }[];
    expect(Object.keys(section.figures).length).toBe(12);
  });

  test('no records: a page that says so', () =>
    expect(curveHtml([])).toContain('No codec has been measured yet'));
});
