import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import { OutputFolder } from './recordStore';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-out-'));
afterAll(() => rmSync(root, { recursive: true }));
const fresh = (name: string) => join(root, name);

describe('the output folder', () => {
  test('saved records are on disk, complete', async () => {
    const folder = await OutputFolder.open(fresh('a/b'));
    await folder.save(sampleRecord());
    expect(JSON.parse(readFileSync(join(folder.path, 'records.json'), 'utf8'))).toEqual([sampleRecord()]);
    expect(readFileSync(join(folder.path, 'records.csv'), 'utf8')).toContain('"rtn(bits=4,group=32)"');
    expect(readdirSync(folder.path).sort()).toEqual(['records.csv', 'records.json']);
  });

  test('the table of a named plan is next to the records', async () => {
    const folder = await OutputFolder.open(fresh('named'));
    await folder.write('tenpak.md', '# Table\n');
    expect(readFileSync(join(folder.path, 'tenpak.md'), 'utf8')).toBe('# Table\n');
  });

  test('a later sweep finds complete records by run key, and a verdict replaces its record', async () => {
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
  ])('a records.json that is %s is refused and not overwritten', async (_, content) => {
    const path = fresh(`bad-${content.length}`);
    await OutputFolder.open(path);
    writeFileSync(join(path, 'records.json'), content);
    await expect(OutputFolder.open(path)).rejects.toMatchObject({ code: 'bad-file' });
    expect(readFileSync(join(path, 'records.json'), 'utf8')).toBe(content);
  });

  test('a path that cannot be a folder gives an error', async () => {
    writeFileSync(fresh('file'), '');
    await expect(OutputFolder.open(fresh('file/sub'))).rejects.toMatchObject({ code: 'storage' });
  });
});
