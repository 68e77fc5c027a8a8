import { afterAll, expect, test } from 'vitest';
import { Cancelled } from '../base/errors';
import { testGpu } from '../testing/gpu';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Parameters of `runtime/add` for one row of `count` numbers. */
const whole = (count: number) => ({
  rows: 1,
  width: count,
  inStride: count,
  inColumn: 0,
  outStride: count,
  outColumn: 0,
});

test('a recording can be replayed, and grids over 65,535 workgroups are folded', async () => {
  const count = 65_535 * 64 + 1000;
  const scope = gpu.buffers.scope();
  const out = scope.allocate(count * 4, 'out');
  const input = scope.upload(new Float32Array(count).fill(1.5), 'input');
  const recorder = gpu.recorder();
  const kernel = await gpu.kernels.get({ module: 'runtime/add' });
  recorder.dispatch(kernel, {
    params: whole(count),
    bindings: { input, out },
    workgroups: Math.ceil(count / 64),
    cost: count,
  });
  await gpu.stream.run(recorder.commands);
  await gpu.stream.run(recorder.commands);
  const result = new Float32Array(await gpu.stream.read(out));
  expect(result.every((v) => v === 3)).toBe(true);
  recorder.dispose();
  scope.dispose();
});

test('an unknown or missing binding is named', async () => {
  const kernel = await gpu.kernels.get({ module: 'runtime/add' });
  const recorder = gpu.recorder();
  const dispatch = (bindings: Record<string, GPUBuffer>) => () =>
    recorder.dispatch(kernel, { params: whole(1), bindings, workgroups: 1, cost: 1 });
  expect(dispatch({})).toThrow('misses its binding "input"');
  expect(dispatch({ nonsense: undefined as unknown as GPUBuffer })).toThrow('no binding "nonsense"');
  recorder.dispose();
});

test('an aborted run throws Cancelled', async () => {
  const controller = new AbortController();
  controller.abort();
  await expect(gpu.stream.run([], controller.signal)).rejects.toBeInstanceOf(Cancelled);
});
