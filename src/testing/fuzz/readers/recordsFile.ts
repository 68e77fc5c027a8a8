import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutputFolder } from '../../../platform/node/recordStore';
import { sampleRecord } from '../../sampleRecord';
import { jsonBytes } from '../anyJson';
import { jsonReader } from '../jsonReader';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const records = [sampleRecord(), sampleRecord({ id: 'b', role: 'baseline' })];

/** The reader of records.json in a folder in which a sweep resumes. */
export default jsonReader({
  name: 'records-file',
  reads: 'records.json in a folder in which a sweep resumes',
  cases: 1500,
  memory: { factor: 4 },
  seeds: () => [records, [], records.slice(1)].map(jsonBytes),
  async read(bytes) {
    writeFileSync(join(folder, 'records.json'), bytes);
    const opened = await OutputFolder.open(folder);
    await opened.find('key');
  },
});
