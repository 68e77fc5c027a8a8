import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { startHubServer, type HubServer, type Misbehaviour } from '../../testing/hubServer';
import { downloadModel } from './downloadModel';
import { findModel } from './findModel';
import { MemoryDownloadStore } from './memoryDownloadStore';
import { storedModels } from './stored';
import { TestClock } from './testing/clock';
import { expectBytes, ID, noise, smallModel } from './testing/models';
import type { HubModel, StoreWriter } from './types';

const SIZES = [0, 1, 70_000, 200_001];
const shard = (i: number) => `model-0000${i}-of-00004.safetensors`;
const shards = Object.fromEntries(SIZES.map((size, i) => [shard(i), noise(size, i)]));
const index = JSON.stringify({ weight_map: Object.fromEntries(SIZES.map((_, i) => [`t${i}`, shard(i)])) });
const served = smallModel({ ...shards, 'model.safetensors.index.json': new TextEncoder().encode(index) });
const files = new Map(served.files as ReadonlyMap<string, Uint8Array>);
files.delete('model.safetensors');

let server: HubServer;
let model: HubModel;
beforeAll(async () => {
  server = await startHubServer({ models: [{ ...served, files }] });
  model = await findModel({ origin: server.origin, store: new MemoryDownloadStore() }, ID);
});
afterAll(() => server.close());

const offset = fc.nat(210_000);
const fault: fc.Arbitrary<Misbehaviour | undefined> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 6, arbitrary: offset.map((cutAfter) => ({ cutAfter })) },
  { weight: 1, arbitrary: fc.constant({ hangUp: true }) },
  { weight: 1, arbitrary: fc.constantFrom({ status: 500 }, { status: 503 }, { status: 429 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(offset, offset).map(([a, b]) => ({ contentRange: `bytes ${a}-${b}/200001` })),
  },
  { weight: 1, arbitrary: fc.record({ ignoreRange: fc.constant(true), cutAfter: offset }) },
  { weight: 2, arbitrary: fc.record({ etag: fc.constantFrom('"a"', '"b"', 'W/"a"'), cutAfter: offset }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 70_000 }).map((shortBy) => ({ shortBy })) },
  {
    weight: 1,
    arbitrary: offset.map((at) => ({
      corrupt: (bytes: Uint8Array) => bytes.map((value, i) => (i === at % bytes.length ? value ^ 1 : value)),
    })),
  },
);

/** A store whose writers fail after `left` bytes, when unflushed bytes are lost or replaced by noise. */
class CrashingStore extends MemoryDownloadStore {
  left = Infinity;

  override async write(path: string): Promise<StoreWriter> {
    const writer = await super.write(path);
    let flushed = writer.size;
    const crash = async (): Promise<never> => {
      const lost = writer.size - flushed;
      if (lost % 2 === 0) await writer.truncate(flushed);
      else await writer.write(flushed, noise(lost, 99));
      throw new Error('crash');
    };
    const step = async (bytes: number, work: () => Promise<void>) => {
      if ((this.left -= bytes) < 0) return crash();
      return work();
    };
    return {
      get size() {
        return writer.size;
      },
      write: (at, bytes) => step(bytes.byteLength, () => writer.write(at, bytes)),
      truncate: (size) => {
        flushed = Math.min(flushed, size);
        return step(1, () => writer.truncate(size));
      },
      flush: () =>
        step(1, async () => {
          flushed = writer.size;
        }),
      close: () => writer.close(),
    };
  }
}

/** Downloads with faults. @returns the error, if any */
async function attempt(
  store: MemoryDownloadStore,
  faults: readonly (Misbehaviour | undefined)[],
): Promise<unknown> {
  let next = 0;
  server.misbehave(({ kind }) => (kind === 'cdn' || kind === 'resolve' ? faults[next++] : undefined));
  const hub = { origin: server.origin, store };
  return downloadModel(hub, model, { clock: new TestClock() }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function expectWhole(store: MemoryDownloadStore): Promise<void> {
  expect(await attempt(store, [])).toBeUndefined();
  expect((await storedModels(store))[0].complete).toBe(true);
  for (const { name } of model.files) {
    const source = (await store.read(`${ID}/${model.revision}/${name}`))!;
    expectBytes(await source.read(0, source.size), files.get(name)!);
  }
}

test('after any faults the files are byte-equal, or there is an error and they are byte-equal next time', async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 30 }), async (faults) => {
      const store = new MemoryDownloadStore();
      const error = await attempt(store, faults);
      if (error !== undefined) expect(error).toBeInstanceOf(LabError);
      else expect((await storedModels(store))[0].complete).toBe(true);
      const outcome = error === undefined ? 'whole' : (error as LabError).code;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      await expectWhole(store);
    }),
    { numRuns: 40 },
  );
  expect(outcomes.get('whole')).toBeGreaterThan(5);
});

test('after a crash at any byte the next download is byte-equal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(280_000), { minLength: 1, maxLength: 3 }),
      fc.array(fault, { maxLength: 5 }),
      async (crashes, faults) => {
        const store = new CrashingStore();
        for (const left of crashes) {
          store.left = left;
          await attempt(store, faults);
        }
        store.left = Infinity;
        await expectWhole(store);
      },
    ),
    { numRuns: 30 },
  );
});
