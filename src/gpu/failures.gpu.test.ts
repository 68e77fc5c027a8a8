import { expect, test } from 'vitest';
import { openDawn } from '../platform/node/dawn';
import { testGpu } from '../testing/gpu';
import { Gpu } from './gpu';

// These tests make their devices unusable, so each opens its own; the shared one selects the adapter.
await testGpu();
const ownGpu = () => Gpu.open(openDawn());

test('a command that the GPU rejects is an error', async () => {
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
  // Later work on this device fails, too.
  await expect(gpu.stream.read(source)).rejects.toMatchObject({ code: 'gpu' });
  for (const buffer of [source, target]) gpu.buffers.release(buffer);
  expect(gpu.buffers.liveCount).toBe(0);
  gpu.destroy();
});

test('reading from a lost device is an error, and nothing stays allocated', async () => {
  const gpu = await ownGpu();
  const buffer = gpu.buffers.allocate(16, 'any');
  gpu.destroy();
  await expect(gpu.stream.read(buffer)).rejects.toMatchObject({
    code: expect.stringMatching(/device-lost|gpu/),
  });
  gpu.buffers.release(buffer);
  expect(gpu.buffers.liveCount).toBe(0);
});
