import { expect, test } from 'vitest';
import { openDawn } from '../platform/node/dawn';
import { testGpu } from '../testing/gpu';
import { Gpu } from './gpu';

// The tests of this file break their devices: each opens its own. The shared one chose the adapter.
await testGpu();
const ownGpu = () => Gpu.open(openDawn());

test('a command the GPU refuses fails the work, not just the console', async () => {
  const gpu = await ownGpu();
  const [source, target] = ['source', 'target'].map((label) => gpu.buffers.allocate(16, label));
  const beyond = { source, sourceOffset: 0, target, targetOffset: 8, bytes: 16, label: 'too long', cost: 4 };
  const work = async () => {
    await gpu.stream.run([{ kind: 'copy', ...beyond }]);
    await gpu.stream.read(target);
  };
  await expect(work()).rejects.toMatchObject({
    code: 'gpu',
    message: expect.stringMatching(/^The GPU refused a command: /),
  });
  // Whatever follows on this device is not to be trusted either.
  await expect(gpu.stream.read(source)).rejects.toMatchObject({ code: 'gpu' });
  for (const buffer of [source, target]) gpu.buffers.release(buffer);
  expect(gpu.buffers.liveCount).toBe(0);
  gpu.destroy();
});

test('reading from a device that is gone is an error, and nothing stays allocated', async () => {
  const gpu = await ownGpu();
  const buffer = gpu.buffers.allocate(16, 'any');
  gpu.destroy();
  await expect(gpu.stream.read(buffer)).rejects.toMatchObject({
    code: expect.stringMatching(/device-lost|gpu/),
  });
  gpu.buffers.release(buffer);
  expect(gpu.buffers.liveCount).toBe(0);
});
