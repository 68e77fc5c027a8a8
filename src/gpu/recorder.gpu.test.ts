import { afterAll, expect, test } from 'vitest';
import { testGpu } from '../testing/gpu';

const gpu = await testGpu();
const scope = gpu.buffers.scope();
const recorder = gpu.recorder();

afterAll(() => {
  recorder.dispose();
  scope.dispose();
  expect(gpu.buffers.liveCount).toBe(0);
});

test('a kernel is dispatched by name, over the workgroups that the given number of threads fills', async () => {
  const [rows, columns] = [13, 10];
  const x = Float32Array.from({ length: rows * columns }, (_, i) => i);
  const out = scope.allocate(x.byteLength, 'transposed');
  await recorder.dispatch('calibrate/transpose', {
    params: { rows, columns, stride: columns, column: 0 },
    bindings: { x: scope.upload(x, 'x'), out },
    threads: x.length,
    cost: x.length,
  });
  expect(recorder.commands.at(-1)).toMatchObject({ label: 'calibrate/transpose', workgroups: [3, 1, 1] });
  await gpu.stream.run(recorder.commands);
  const actual = new Float32Array(await gpu.stream.read(out, out.size));
  expect([...actual]).toEqual(Array.from(x, (_, i) => (i % rows) * columns + Math.floor(i / rows)));
});

test('a kernel whose constants set its workgroup size needs a number of workgroups', async () => {
  const kernel = await gpu.kernels.get({ module: 'runtime/attention', constants: { vectors: 4 } });
  expect(kernel.workgroupThreads).toBeUndefined();
  const bindings = Object.fromEntries(
    [...kernel.bindings.keys()]
      .filter((name) => name !== 'params')
      .map((name) => [name, scope.allocate(16, name)]),
  );
  const params = Object.fromEntries(kernel.params.map(({ name }) => [name, 1]));
  expect(() => recorder.dispatch(kernel, { params, bindings, threads: 64, cost: 1 })).toThrow(
    'runtime/attention[vectors=4] does not say how many threads a workgroup has',
  );
});
