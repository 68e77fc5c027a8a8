import { beforeAll, expect, test, vi } from 'vitest';
import { BufferPool } from './buffers';

/** A device whose allocations fail as in WebGPU, which reports it only through the error scope. */
function fullDevice(fails: (label: string) => boolean): GPUDevice {
  let failed = false;
  return {
    limits: { maxBufferSize: 1 << 20 },
    pushErrorScope: (filter: string) => expect(filter).toBe('out-of-memory'),
    createBuffer: ({ label }: { label: string }) => {
      failed = fails(label);
      return { destroy: () => undefined };
    },
    popErrorScope: async () => (failed ? { message: 'no memory' } : null),
  } as unknown as GPUDevice;
}

beforeAll(() => {
  vi.stubGlobal('GPUBufferUsage', { STORAGE: 128, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, MAP_READ: 1 });
  return () => vi.unstubAllGlobals();
});

test('a failed allocation is an error that names its purpose, thrown once', async () => {
  const pool = new BufferPool(fullDevice((label) => label === 'the large one'));
  const buffers = ['a small one', 'the large one', 'another'].map((label) => pool.allocate(100, label));
  await expect(pool.settled()).rejects.toMatchObject({
    code: 'out-of-memory',
    message: expect.stringContaining('the large one (100 bytes'),
  });
  await expect(pool.settled()).resolves.toBeUndefined();
  for (const buffer of buffers) pool.release(buffer);
  expect([pool.liveCount, pool.liveBytes]).toEqual([0, 0]);
});

test('a buffer over the limit of the device is an error before it is requested', () => {
  const pool = new BufferPool(fullDevice(() => false));
  expect(() => pool.allocate(2 << 20, 'the embedding')).toThrow(
    /the embedding needs a buffer of 2097152 bytes/,
  );
  expect(pool.liveCount).toBe(0);
});

test('peak and live bytes are those of rounded sizes, and a scope frees the buffers it still owns', async () => {
  const pool = new BufferPool(fullDevice(() => false));
  const scope = pool.scope();
  const kept = scope.keep(scope.allocate(10, 'kept'));
  scope.allocate(100, 'freed');
  scope.dispose();
  expect([pool.liveCount, pool.liveBytes, pool.peakBytes]).toEqual([1, 12, 112]);
  pool.resetPeak();
  pool.release(kept);
  pool.release(kept);
  expect([pool.liveBytes, pool.peakBytes]).toEqual([0, 12]);
});
