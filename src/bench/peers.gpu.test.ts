import { afterAll, expect, test } from 'vitest';
import * as ort from 'onnxruntime-node';
import { loadModel } from '../models/load/load';
import { folderFiles } from '../platform/node/folder';
import { publicFolder } from '../platform/node/paths';
import { testGpu } from '../testing/gpu';
import type { BenchContext } from './context';
import { MODEL_PEER_KINDS, runModelPeer } from './modelPeers';
import { PEER_KINDS, runPeerProduct } from './peers';
import { DEFAULT_RUNNER } from './runner';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const runner = { ...DEFAULT_RUNNER, softwareAdapter: true, secondsPerCase: 0.1, sampleSeconds: 0.005 };
const peer = {
  name: 'onnxruntime-node',
  api: ort,
  adapter: 'same driver',
  webgpu: { executionProviders: ['webgpu'] },
};
const context: BenchContext = { gpu, timer: 'wall-clock', peer, tokens: 16, images: 1, peerForwardFlops: 0 };

test.each(PEER_KINDS)('both sides of %s verify and are timed', async (kind) => {
  const rows = await runPeerProduct(context, { kind, shape: [17, 96, 48] }, runner);
  expect(rows.map(({ ours }) => ours)).toHaveLength(kind === 'low-bit' ? 4 : 1);
  for (const { verified, note, ratio, otherRate } of rows) {
    expect(verified, note).toBe(true);
    expect(ratio!.ci95[0]).toBeGreaterThan(0);
    expect(otherRate).toBeGreaterThan(0);
  }
});

test('without a peer our product is verified and timed alone', async () => {
  const [row] = await runPeerProduct(
    { ...context, peer: undefined },
    { kind: 'int4', shape: [1, 64, 32] },
    runner,
  );
  expect(row).toMatchObject({ verified: true, otherRate: null, ratio: null });
  expect(row.ourRate).toBeGreaterThan(0);
});

// bench.gpu.test.ts runs the float32 pass.
test.each(MODEL_PEER_KINDS.slice(1))(
  'both sides of %s of a whole model verify and are timed',
  async (kind) => {
    const model = await loadModel(folderFiles(publicFolder('models/stories260K')));
    const row = await runModelPeer(context, kind, model, { runner });
    expect(row.verified, row.note).toBe(true);
    expect(row.otherRate, row.note).toBeGreaterThan(0);
    expect(row.ratio!.ci95[0]).toBeGreaterThan(0);
  },
);
