import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import * as ort from 'onnxruntime-node';
import { folderFiles } from '../platform/node/folder';
import { loadModel } from '../models/load/load';
import { testGpu } from '../testing/gpu';
import { copyCase } from './cases/copy';
import { attentionCase } from './cases/attention';
import { forwardCase } from './cases/forward';
import { modelMatmulsCase } from './cases/modelMatmuls';
import { matmulCase } from './cases/matmul';
import { wrongCase } from './cases/wrong';
import type { BenchContext } from './context';
import { DEFAULT_RUNNER, runCase } from './runner';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const sizes = { tokens: 16, images: 1, peerForwardFlops: Infinity };
const quick = { ...DEFAULT_RUNNER, softwareAdapter: true, secondsPerCase: 1, sampleSeconds: 0.01 };

test('a deliberately wrong kernel is listed with its error and not timed', async () => {
  const context: BenchContext = { gpu, timer: 'wall-clock', ...sizes };
  const { ours, ratio } = await runCase(wrongCase(context, [33, 70, 65]), quick);
  expect(ours.verdict.ok).toBe(false);
  expect(ours.verdict.maxError).toBeGreaterThan(1e-4);
  expect(ours.measurement).toBeNull();
  expect(ratio).toBeNull();
});

test.each(['timestamp', 'wall-clock'] as const)('a correct kernel is timed by %s', async (timer) => {
  const { ours } = await runCase(matmulCase({ gpu, timer, ...sizes }, [64, 96, 80]), quick);
  expect(ours.verdict.ok).toBe(true);
  const { median, ci95, timer: used } = ours.measurement!;
  expect(used).toBe(timer);
  expect(ci95[0]).toBeGreaterThan(0);
  expect(median).toBeGreaterThanOrEqual(ci95[0]);
  expect(ci95[1]).toBeLessThan(1e6);
});

const peer = {
  name: 'onnxruntime-node',
  api: ort,
  adapter: 'same driver',
  webgpu: { executionProviders: ['webgpu'] },
};
const embedded = fileURLToPath(new URL('../../public/models/', import.meta.url));

test.each(['stories260K', 'vit-cifar10'])(
  'the whole of %s runs on both sides, verified against float64',
  async (id) => {
    const model = await loadModel(folderFiles(embedded + id));
    const context: BenchContext = { gpu, timer: 'wall-clock', peer, ...sizes };
    for (const open of [forwardCase, modelMatmulsCase]) {
      const {
        ours,
        peer: theirs,
        peerNote,
      } = await runCase(open(context, model), { ...quick, secondsPerCase: 0.1 });
      expect(peerNote).toBe('');
      expect(ours.verdict).toMatchObject({ ok: true });
      expect(theirs!.verdict).toMatchObject({ ok: true });
      expect(ours.measurement!.median).toBeGreaterThan(0);
    }
  },
);

test('attention and copy verify', async () => {
  const context: BenchContext = { gpu, timer: 'timestamp', ...sizes };
  for (const open of [
    attentionCase(context, { tokens: 40, heads: 3, headWidth: 12 }),
    copyCase(context, 4096),
  ]) {
    const { ours } = await runCase(open, { ...quick, secondsPerCase: 0.1 });
    expect(ours.verdict).toMatchObject({ ok: true });
  }
});

test('ONNX Runtime multiplies the same matrices on the same adapter', async () => {
  const {
    ours,
    peer: theirs,
    ratio,
    peerNote,
  } = await runCase(matmulCase({ gpu, timer: 'wall-clock', peer, ...sizes }, [64, 96, 80]), quick);
  expect(peerNote).toBe('');
  expect(theirs!.verdict.ok).toBe(true);
  expect(theirs!.measurement!.median).toBeGreaterThan(0);
  expect(ours.measurement!.median).toBeGreaterThan(0);
  expect(ratio!.ci95[0]).toBeGreaterThan(0);
});
