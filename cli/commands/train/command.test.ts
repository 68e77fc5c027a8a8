import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { LabError } from '../../../src/base/errors';
import type { TrainEvent } from '../../../src/lab/train/events';
import { terminal } from '../../../src/testing/terminal';
import { main } from './command';

// Files share modules: those loaded before lack these mocks, and those loaded here must not serve other files.
vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());

let script: (TrainEvent | Error)[];
vi.mock('../../../src/lab/train/run', () => ({
  async *runTraining() {
    for (const event of await Promise.resolve(script)) {
      if (event instanceof Error) throw event;
      yield event;
    }
  },
}));
let destroyed: number;
vi.mock('../../../src/platform/node/lab', () => ({
  nodeLab: () => ({ gpu: { destroy: () => destroyed++ } }),
}));

const root = mkdtempSync(join(tmpdir(), 'bitcurve-train-'));
afterAll(() => rmSync(root, { recursive: true }));

const written = terminal();

const step = (index: number): TrainEvent => ({
  ...{ type: 'step', stage: 'qat', steps: 9 },
  report: {
    ...{ step: index, loss: 10 ** index, nll: 10 ** index, learningRate: 1, gradientNorm: 2 },
    ...{ correct: 3, count: 4, milliseconds: 5 },
  },
});
const checkpoint = (index: number): TrainEvent => ({
  ...{ type: 'checkpoint', stage: 'qat', step: index },
  checkpoint: { bytes: new Uint8Array([index]) },
});

async function run(name: string, ...events: typeof script) {
  script = events;
  [written.stderr, destroyed] = ['', 0];
  const out = join(root, name);
  const code = await main(['--model', 'stories260K', '--out', out]);
  expect(destroyed).toBe(1);
  const file = join(out, 'steps.csv');
  return {
    code,
    out,
    steps: existsSync(file) ? readFileSync(file, 'utf8').trim().split('\r\n').slice(1) : [],
  };
}

test.each(['not-finite', 'device-lost', 'out-of-memory'] as const)(
  'a run that fails (%s) keeps its last steps and says how to resume it',
  async (code) => {
    const failure = new LabError(code, 'It went wrong.', 'Do better.');
    const failed = await run(code, step(1), step(2), checkpoint(2), step(3), step(4), failure);
    expect(failed.code).toBe(1);
    expect(failed.steps.map((line) => line.split(',').slice(0, 3).join())).toEqual([
      ...['qat,1,10', 'qat,2,100', 'qat,3,1000', 'qat,4,10000'],
    ]);
    const file = join(failed.out, 'checkpoint-qat.safetensors');
    expect(written.stderr).toContain(
      `To resume after step 2 of qat, add --resume ${file} to the same command.\n`,
    );
    expect(written.stderr).toMatch(/It went wrong\.\nDo better\.\n$/);
    expect(written.stderr).not.toContain('Stopped');
  },
);

test('a run without a checkpoint cannot be resumed, but keeps its steps', async () => {
  const { steps } = await run('early', step(1), new LabError('not-finite', 'NaN.', 'Do better.'));
  expect(steps.length).toBe(1);
  expect(written.stderr).not.toContain('--resume');
});

test('a stopped run says how to resume it; a complete one does not', async () => {
  const stopped = await run('stopped', step(1), checkpoint(1), { type: 'done', status: 'stopped' });
  expect(stopped.code).toBe(130);
  expect(written.stderr).toMatch(/Stopped\.\nTo resume after step 1 of qat, add --resume /);
  const complete = await run('complete', step(1), checkpoint(1), { type: 'done', status: 'complete' });
  expect([complete.code, complete.steps.length]).toEqual([0, 1]);
  expect(written.stderr).not.toContain('--resume');
});

test('a run that fails before its first step leaves nothing behind', async () => {
  expect(await run('none', new LabError('bad-plan', 'No.', 'Other data.'))).toMatchObject({
    code: 2,
    steps: [],
  });
});
