import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { sha256Hex } from '../../base/checksum';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { nodeLabOn } from '../../platform/node/lab';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { largeFixture } from '../../testing/fixtures';
import { useGgmlGelu } from '../../testing/ggmlGelu';
import { testGpu } from '../../testing/gpu';
import { describeLarge } from '../../testing/large';
import type { Plan } from '../plan/plan';
import type { LabRecord } from '../results/record';
import { runPlan } from './run';

type Estimate = { value: number; plusMinus: number };
interface Expected {
  tokens: Record<string, { sha256Int32: string }>;
  transformersFloat32: Record<string, { ppl: number }>;
  plain: Record<string, { ppl: number; plusMinus: number }>;
  klDivergence: Record<string, { dequantisedWeights?: Record<string, number | Estimate> }>;
}

/** Files whose figures are compared, by model. */
const FILES = {
  'gpt2-tinystories': ['gpt2-tinystories.Q4_K_M', 'gpt2-tinystories.TQ1_0'],
  stories260K: ['stories260K.Q4_0', 'stories260K.Q4_K_M', 'stories260K.Q8_0'],
} as const;
/** Relative difference of a figure. */
const TOLERANCE = 1e-3;
/** Half of the last digit that llama.cpp prints of a perplexity. */
const PRINTED = 5e-5;
/** The same of statistics. */
const [DIGIT, PERCENT] = [5e-7, 5e-4];
/** Half a step of the log-probabilities of the base, which llama.cpp keeps in 16 bits, from 0 to -16. */
const STEP = 16 / 65535 / 2;
/** What may be added to the tolerance: the figures of single tokens carry the error of a step. */
const ROUNDING: Readonly<Record<string, number>> = {
  ...{ kldMean: DIGIT, kldMax: STEP, kld999: STEP, kld99: STEP, kldMedian: STEP, kld10: STEP },
  ...{ dpMeanPercent: PERCENT, dpRmsPercent: PERCENT, dpMaxPercent: 100 * STEP, dpMinPercent: 100 * STEP },
};

const gpu = await testGpu();
const lab = { ...nodeLabOn(gpu), cpu: await nodeRuntime() };
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const planOf = (model: string, data: string, files: readonly string[]): Plan => ({
  ...{ model, codecs: [], files, data },
  protocol: { kind: 'llama.cpp', context: 256, stride: 256 },
  ...{
    images: 0,
    scope: 'linear',
    rest: 'float16',
    metrics: 'all',
    calibration: null,
    verdict: false,
    seed: 1,
  },
});

type Statistics = NonNullable<LabRecord['quality']['tokenStatistics']>;

/** Returns quantiles by fraction. */
const valuesOf = (quantiles: Statistics['probability']['quantiles']) =>
  new Map(quantiles.map(([fraction, value]) => [fraction, value]));

/** The figures of a record under the names of the fixture; those in percent are shares of 1 in the record. */
function figures(found: Statistics): Record<string, number> {
  const kl = valuesOf(found.kl!.quantiles);
  const dp = valuesOf(found.probability.quantiles);
  return {
    // Ratio and difference are left out: llama.cpp forms them with the perplexity of the rounded base, which is another.
    ...{ pplQ: found.perplexity.value, correlation: 100 * found.correlation! },
    ...{ kldMean: found.kl!.mean.value, kldMax: kl.get(1)!, kld999: kl.get(0.999)!, kld99: kl.get(0.99)! },
    ...{ kldMedian: kl.get(0.5)!, kld10: kl.get(0.1)! },
    ...{
      dpMeanPercent: 100 * found.probability.mean.value,
      dpRmsPercent: 100 * found.probability.rootMeanSquare.value,
    },
    ...{ dpMaxPercent: 100 * dp.get(1)!, dpMinPercent: 100 * dp.get(0)! },
    sameTopPercent: 100 * found.sameTop.value,
  };
}

/** Returns the record of the model and those of files, by codec. */
async function measured(plan: Plan): Promise<ReadonlyMap<string, LabRecord>> {
  const records = new Map<string, LabRecord>();
  for await (const event of runPlan(lab, plan)) {
    if (event.type === 'failed') throw new Error(`${event.codec}: ${event.message}`);
    if (event.type === 'record') records.set(event.record.codec.spec, event.record);
  }
  return records;
}

describeLarge('fixtures/quantised/gguf/perplexity.json', (file) => {
  const expected = JSON.parse(readFileSync(file, 'utf8')) as Expected;
  const text = largeFixture('fixtures/quantised/gguf/tinystories-valid-200000.txt')!;
  afterEach(() => vi.restoreAllMocks());

  test.each(Object.keys(FILES))('%s: its tokens are llama.cpp’s', async (model) => {
    const { assets } = await lab.openModel(model);
    const ids = await (await loadTokenizer(assets)).encode(readFileSync(text, 'utf8'));
    // The fixture has the tokens of whole windows, with the begin token where the model wants one.
    const whole = ids.slice(0, 256 * Math.floor(ids.length / 256));
    expect(await sha256Hex(new Uint8Array(whole.buffer))).toBe(expected.tokens[model].sha256Int32);
  });

  test.each(Object.keys(FILES))(
    '%s: its perplexity is that of transformers',
    { timeout: 600_000 },
    async (model) => {
      const records = await measured(planOf(model, text, []));
      const { value } = records.get('baseline')!.quality.tokenStatistics!.perplexity;
      expect(value / expected.transformersFloat32[model].ppl - 1).toBeCloseTo(0, 6);
    },
  );

  for (const [model, names] of Object.entries(FILES))
    test(`${model}: perplexity and statistics are llama.cpp’s`, { timeout: 600_000 }, async () => {
      // With the exact GELU figures of single tokens differ by more than the tolerance.
      useGgmlGelu();
      const files = names.map((name) => join(file, '..', `${name}.gguf`));
      const records = await measured(planOf(model, text, files));
      const base = records.get('baseline')!.quality.tokenStatistics!.perplexity;
      const plain = expected.plain[`${model}.F32.base`];
      expect(Math.abs(base.value - plain.ppl)).toBeLessThanOrEqual(PRINTED);
      expect(base.standardError.toFixed(5)).toBe(plain.plusMinus.toFixed(5));
      for (const path of files) {
        const name = basename(path, '.gguf');
        const found = figures(records.get(`file(${basename(path)})`)!.quality.tokenStatistics!);
        const figure = expected.klDivergence[name].dequantisedWeights!;
        for (const [key, value] of Object.entries(found)) {
          const theirs = figure[key];
          const wanted = typeof theirs === 'number' ? theirs : theirs.value;
          const allowed = TOLERANCE * Math.abs(wanted) + (ROUNDING[key] ?? 0);
          expect([name, key, value, Math.abs(value - wanted) <= allowed]).toEqual([name, key, value, true]);
        }
      }
    });
});
