import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LabRecord } from '../../../../src/lab/results/record';
import { terminal } from '../../../../src/testing/terminal';
import { main as compress } from '../../compress/command';
import { main as decompress } from '../../decompress/command';
import { main as verify } from '../../verify/command';
import { openMeasuringLab } from '../../../shared/measuringLab';
import { writeWithinLimit } from '../make/limit';
import { parseDeltaMake } from '../make/options';
import { main as delta } from '../command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-delta-measure-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const written = terminal();
const host = { openPage: () => expect.unreachable() };
const SOFTWARE = ['--adapter', 'software'];

test('deltas are records beside the fine-tuned model: an exact one has its losses, a lossy one nearly, both their own bytes', async () => {
  const base = join(process.cwd(), 'public/models/stories260K');
  const codec = ['--model', 'stories260K', '--codec', 'rtn(bits=8,group=32)', '--out', at('a.safetensors')];
  expect(await compress([...codec, ...SOFTWARE])).toBe(0);
  expect(await decompress([at('a.safetensors'), '--out', at('tuned'), ...SOFTWARE])).toBe(0);
  const pair = ['--base', base, '--tuned', at('tuned')];
  expect(await delta(['make', ...pair, '--exact', '--out', at('exact.delta')], host)).toBe(0);
  expect(await delta(['make', ...pair, '--max-error', '0.1', '--out', at('lossy.delta')], host)).toBe(0);
  const options = [
    '--codec',
    'rtn(bits=4);delta(rtn(bits=4))',
    '--windows',
    '2',
    '--context',
    '32',
    '--verdict',
    'off',
    ...SOFTWARE,
  ];
  const files = [at('exact.delta'), at('lossy.delta')];
  expect(await delta(['measure', ...pair, ...files, ...options, '--out', at('records')], host)).toBe(0);
  const records = JSON.parse(readFileSync(join(at('records'), 'records.json'), 'utf8')) as LabRecord[];
  const value = (spec: string) => records.find((record) => record.codec.spec === spec)!;
  expect(value('file(exact.delta)').quality.value).toBe(value('baseline').quality.value);
  expect(value('file(exact.delta)').size.totalBytes).toBe(statSync(at('exact.delta')).size);
  const lossy = value('file(lossy.delta)');
  expect(lossy.quality.klMean).toBeGreaterThan(0);
  expect(lossy.quality.klMean).toBeLessThan(1e-3);
  const [plain, difference] = [value('rtn(bits=4,group=32)'), value('delta(rtn(bits=4,group=32))')];
  expect(difference.codec.base?.id).toBe('stories260K');
  expect(difference.quality.klMean).toBeLessThan(0.1 * plain.quality.klMean!);
  // Only the header is longer, by the base that it states.
  expect(difference.size.totalBytes - plain.size.totalBytes).toBeLessThan(500);
  expect(lossy.size.totalBytes).toBeLessThan(value('file(exact.delta)').size.totalBytes);

  const chosen = ['--codec', 'delta(rtn(bits=4,group=32))', '--model', at('tuned')];
  const record = ['--records', at('records'), ...chosen];
  expect(await verify([...record, ...SOFTWARE])).toBe(1);
  expect(written.stdout).toContain(
    'stories260K is not an embedded model.\nName its folder or file: --base PATH.',
  );
  expect(await verify([...record, '--base', base, ...SOFTWARE])).toBe(0);
  expect(written.stdout).toMatch(/^1 of 1 agree: PASS$/m);
});

/** Searches until the first delta is there, and stops before it is measured. */
async function stoppedWhileMeasuring(args: readonly string[]): Promise<void> {
  const request = parseDeltaMake(args);
  const lab = await openMeasuringLab(request.limit!);
  const controller = new AbortController();
  const onProgress = (_: number, step: string) =>
    step === 'measuring the fine-tuned model' && controller.abort();
  const progress = { signal: controller.signal, onProgress };
  await expect(writeWithinLimit(lab, request, request.limit!, progress)).rejects.toThrow('Stopped');
  lab.gpu?.destroy();
}

test('a stopped search of --max-increase continues with what it has measured, and leaves only the delta', async () => {
  const base = join(process.cwd(), 'public/models/stories260K');
  const pair = ['--base', base, '--tuned', at('tuned'), '--out', at('limited.delta')];
  const few = ['--windows', '30', '--context', '32', ...SOFTWARE];
  const limited = [...pair, '--max-increase', '1000', ...few];
  await stoppedWhileMeasuring(limited);
  expect(readdirSync(at('limited.delta.search'))).toContain('0.9.delta');
  // A mark in what is kept shows that it is not made again.
  const trial = at('limited.delta.search/0.9.json');
  writeFileSync(
    trial,
    readFileSync(trial, 'utf8').replace(/"bytes":\d+,"tensors":\[/, '"bytes":12345,"tensors":['),
  );
  expect(await delta(['make', ...limited], host)).toBe(0);
  expect(written.stdout).toMatch(/\| 0\.9\d* \| in the search \| 12,345 \|/);
  expect(written.stdout).toMatch(/\| to confirm \| [\d,]+ \| .* \| yes \|/);
  expect(written.stdout).toContain('keeps the loss below 1000 % of perplexity');
  expect(readdirSync(root).filter((name) => name.startsWith('limited'))).toEqual(['limited.delta']);
  expect(await delta(['make', ...pair, '--max-increase', '1', '--windows', '29'], host)).toBe(2);
  expect(written.stderr).toMatch(/29 windows cannot confirm a limit.*\nUse --windows 30 or more/);
});
