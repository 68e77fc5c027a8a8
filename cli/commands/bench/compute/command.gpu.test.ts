import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ComputeComparison } from '../../../../src/lab/studies/computeComparison';
import { terminal } from '../../../../src/testing/terminal';
import { main } from './command';

/** Two float32 runtimes that add in different orders, in nats per token. */
const MAX_DIFFERENCE = 1e-5;

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-compute-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = terminal();

test('runs a plan on either side and prints and stores ratios and the difference of losses', async () => {
  const out = join(folder, 'compute.json');
  const line =
    '--model stories260K --codec nf4 --windows 2 --context 32 --verdict off --rounds 1 --adapter software --out';
  expect(await main([...line.split(' '), out])).toBe(0);
  expect(written.stdout).toContain('| stories260K | 1 |');
  const { schema, rows } = JSON.parse(readFileSync(out, 'utf8')) as {
    schema: string;
    rows: ComputeComparison[];
  };
  expect(schema).toBe('bitcurve.compute/1');
  const [{ gpuSeconds, cpuSeconds, speedup, lossDifference }] = rows;
  expect(speedup.median).toBeCloseTo(gpuSeconds.median / cpuSeconds.median, 12);
  expect(lossDifference).toBeLessThan(MAX_DIFFERENCE);
});
