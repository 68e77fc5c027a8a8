import { afterAll, expect, test } from 'vitest';
import * as ort from 'onnxruntime-node';
import { testGpu } from '../testing/gpu';
import { DENSE_SIDE, gemmSides, type GemmSide } from './cases/gemm';
import { gemmProblem } from './cases/gemmProblem';
import { wrongCase } from './cases/wrong';
import type { BenchContext } from './context';
import { gemmTable, runGemm, vectorLines } from './gemm';
import { DEFAULT_RUNNER } from './runner';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const runner = { ...DEFAULT_RUNNER, softwareAdapter: true, secondsPerCase: 0.2, sampleSeconds: 0.005 };
const peer = {
  name: 'onnxruntime-node',
  api: ort,
  adapter: 'same driver',
  webgpu: { executionProviders: ['webgpu'] },
};
const context: BenchContext = { gpu, timer: 'wall-clock', peer, tokens: 0, images: 0, peerForwardFlops: 0 };

test('every side of a product verifies and is compared with the others', async () => {
  const rows = await runGemm(context, [1, 256, 192], { runner, copyGBs: 10 });
  expect(rows.filter(({ verdict }) => !verdict.ok)).toEqual([]);
  const names = rows.map(({ name }) => name);
  expect(names).toContain('ternary × ternary');
  expect(names).toContain('ORT MatMulNBits 2 bit');
  const int8 = rows.find(({ name }) => name === 'ternary × int8')!;
  expect(int8.ratios.map(({ to }) => to)).toEqual([
    DENSE_SIDE,
    'ORT float32',
    'ORT MatMulNBits 4 bit',
    'ORT MatMulNBits 2 bit',
  ]);
  // 2 bits per weight and a float16 per 128 weights are 2.125 ÷ 32 of the bytes of float32 weights.
  const dense = rows.find(({ name }) => name === DENSE_SIDE)!;
  const bytesPerFlop = (row: typeof int8) => row.weightGBs! / row.rate!.median;
  expect(bytesPerFlop(int8) / bytesPerFlop(dense)).toBeCloseTo(2.125 / 32, 9);
  expect(int8.copyShare).toBe(int8.weightGBs! / 10);
  expect(vectorLines(rows)).toHaveLength(names.filter((name) => name.startsWith('ternary')).length);
});

test('a deliberately wrong kernel is FAIL in the table and has no figures', async () => {
  const shape = [33, 70, 65] as const;
  const alone = { ...context, peer: undefined };
  const wrong: GemmSide = { name: 'wrong', weightBytes: 1, open: () => wrongCase(alone, shape).ours() };
  const sides = [...gemmSides(alone, gemmProblem(shape)).slice(0, 1), wrong];
  const rows = await runGemm(alone, shape, { runner, sides });
  expect(rows[0].verdict.ok).toBe(true);
  expect(rows[1]).toMatchObject({ rate: null, weightGBs: null, ratios: [], verdict: { ok: false } });
  expect(gemmTable(rows).split('\n')[3]).toMatch(
    /33×70×65 \| wrong \| FAIL \| – \| – .* FAIL \(\d\.\de-\d\)/,
  );
});

test('a side that cannot be set up gives a row with the reason', async () => {
  const side: GemmSide = {
    name: 'absent',
    weightBytes: 1,
    open: () => Promise.reject(new Error('no operator')),
  };
  const [row] = await runGemm(context, [1, 32, 32], { runner, sides: [side] });
  expect(row).toMatchObject({ rate: null, verdict: { ok: false } });
  expect(gemmTable([row])).toContain('FAIL (not available: Unexpected error: no operator)');
});
