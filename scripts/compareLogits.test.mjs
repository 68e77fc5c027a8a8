import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inRoot } from './lib/paths.mjs';

/** A Python with torch and transformers, which no test installs. */
const PYTHON = process.env.BITCURVE_PYTHON ?? 'python3';
const run = (args) =>
  spawnSync(PYTHON, args, { encoding: 'utf8', env: { ...process.env, HF_HUB_OFFLINE: '1' } });
const isReady = run(['-c', 'import torch, transformers']).status === 0;

const root = mkdtempSync(join(tmpdir(), 'compare-logits-'));
afterAll(() => rmSync(root, { recursive: true }));
const compare = (...args) => run([inRoot('scripts/compareLogits.py'), ...args]);

test.skipIf(!isReady)(
  'transformers sees no difference between equal models (needs torch and transformers; BITCURVE_PYTHON)',
  () => {
    const model = inRoot('public/models/stories260K');
    const copy = join(root, 'copy');
    cpSync(model, copy, { recursive: true });
    const same = compare(copy, model, '--tolerance', '0');
    expect(same.stderr + same.stdout).toContain('largest difference of a logit 0.000e+00');
    expect(same.stdout).toContain('equal top predictions 100.0 %');
    expect(same.status).toBe(0);
  },
  60_000,
);
