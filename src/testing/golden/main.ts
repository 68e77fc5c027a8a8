import { readFileSync, writeFileSync } from 'node:fs';
import { adapterName, type Lab } from '../../lab/lab';
import { testGpu } from '../gpu';
import { measureCodec } from './artefacts';
import { compareGolden, type Comparison } from './compare';
import { ABOUT, formatGolden, type Golden } from './file';
import { goldenLab } from './lab';
import { measureRecords } from './records';
import { goldenSpecs } from './specs';

const FILE = 'fixtures/golden.json';

/**
 * Computes all values and compares them with the file.
 * @param short whether to compute only default options on GPT-2, and the records
 * @returns a summary of the comparison, and the differences
 */
export async function checkGolden(short: boolean): Promise<{ summary: string; differences: string[] }> {
  const expected = JSON.parse(readFileSync(FILE, 'utf8')) as Golden;
  const actual = await measure(short);
  const found = compareGolden(expected, actual, !short);
  return { summary: summary(found, expected.adapter, actual.adapter), differences: found.differences };
}

/** Computes all values and writes the file. @returns its path */
export async function writeGolden(): Promise<string> {
  writeFileSync(FILE, formatGolden(await measure(false)));
  return FILE;
}

async function measure(short: boolean): Promise<Golden> {
  const lab: Lab = goldenLab(await testGpu());
  const codecs: Golden['codecs'] = {};
  for (const golden of goldenSpecs())
    if (golden.isDefault || !short) codecs[golden.name] = await measureCodec(lab, golden, short);
  return { about: ABOUT, adapter: adapterName(lab.gpu), codecs, records: await measureRecords(lab) };
}

function summary({ bytes, decoded, errors, records }: Comparison, expected: string, actual: string): string {
  const where = expected === actual ? 'the adapter of the file' : `the file was made on ${expected}`;
  return (
    `${actual} (${where}): ${bytes} agree byte for byte, ${decoded} by decoded weights, ` +
    `${errors} by the error of the weights; ${records} records agree.`
  );
}
