import { afterAll, expect, test } from 'vitest';
import { nodeLabOn } from '../../platform/node/lab';
import { parseCodec, parseCodecs } from '../../codecs/contract/spec';
import { testGpu } from '../../testing/gpu';
import { withShortStories } from '../../testing/shortStories';
import type { LabEvent } from './events';
import type { Plan } from '../plan/plan';
import { runPlan, type CodecSearch } from './run';
import { MemoryRecordStore } from '../results/store';

const lab = withShortStories(nodeLabOn(await testGpu()));
afterAll(() => expect(lab.gpu.buffers.liveCount).toBe(0));

const plan: Plan = {
  model: 'stories260K',
  codecs: parseCodecs('rtn(bits=8)'),
  data: 'tinystories-development',
  protocol: { kind: 'windows', context: 32, stride: 32, windows: 2 },
  images: 0,
  scope: 'linear',
  rest: 'float16',
  metrics: 'perplexity',
  calibration: null,
  verdict: false,
  seed: 1,
};

/** Bit after bit down from 7 while the last is measured, and no further than 5. */
function descent(): CodecSearch {
  let bits = 8;
  return {
    expected: 3,
    next: (records) => {
      expect(records.size).toBe(9 - bits);
      return --bits < 5 ? undefined : parseCodec(`rtn(bits=${bits})`);
    },
  };
}

async function collect(store: MemoryRecordStore, signal?: AbortSignal): Promise<LabEvent[]> {
  const events: LabEvent[] = [];
  for await (const event of runPlan(lab, plan, { store, signal, search: descent() })) events.push(event);
  return events;
}

test('a search chooses further codecs by what was measured, and resumes', async () => {
  const store = new MemoryRecordStore();
  const events = await collect(store);
  const measured = events.flatMap((e) => (e.type === 'record' ? [e.record.codec.options.bits] : []));
  expect(measured).toEqual([undefined, 8, 7, 6, 5]);
  expect(events.at(-1)).toEqual({ type: 'done', status: 'complete' });
  const progress = events.flatMap((e) => (e.type === 'progress' ? [e.progress.fraction] : []));
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  const saved = [...store.records.values()].map(({ startedAt }) => startedAt).slice(1);
  await collect(store);
  expect([...store.records.values()].map(({ startedAt }) => startedAt).slice(1)).toEqual(saved);
});

test('Stop ends a search', async () => {
  const controller = new AbortController();
  const events: LabEvent[] = [];
  const run = runPlan(lab, plan, { signal: controller.signal, search: descent() });
  for await (const event of run) {
    events.push(event);
    if (event.type === 'record' && event.record.codec.options.bits === 7) controller.abort();
  }
  expect(events.at(-1)).toEqual({ type: 'done', status: 'stopped' });
  expect(events.filter(({ type }) => type === 'record')).toHaveLength(3);
});
