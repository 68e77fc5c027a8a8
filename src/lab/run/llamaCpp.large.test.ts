import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { sha256Hex } from '../../base/checksum';
import { exportGguf } from '../../models/gguf/export';
import { fileType } from '../../models/gguf/fileTypes';
import { RequantisedModel, type TensorTypes } from '../../models/gguf/testing/requantised';
import type { Model } from '../../models/model';
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
  tokens: Record<string, { sha256Int32: string; chunks: number }>;
  transformersFloat32: Record<string, { ppl: number }>;
  plain: Record<string, { ppl: number; plusMinus: number }>;
  klDivergence: Record<string, { dequantisedWeights?: Record<string, number | Estimate> }>;
}

/** The folders of the models, by the name of the model in the fixture. */
const MODELS = Object.entries({
  ...{ 'gpt2-tinystories': 'gpt2-tinystories', stories260K: 'stories260K' },
  stories15M: largeFixture('models/stories15M'),
}).flatMap(([name, path]) => (path === undefined ? [] : [{ name, path }]));
/** BITCURVE_ALL_FILES=1 compares all files and stories15M, which takes more than half an hour. */
const IS_WHOLE = process.env.BITCURVE_ALL_FILES !== undefined;
const MEASURED = MODELS.filter(({ name, path }) => IS_WHOLE || name === path);
const ALWAYS = [
  ...['gpt2-tinystories.Q4_K_M', 'gpt2-tinystories.TQ1_0'],
  ...['stories260K.Q4_0', 'stories260K.Q4_K_M', 'stories260K.Q8_0'],
];
const SLOW_MS = 1_800_000;
/** Relative difference of a figure. */
const TOLERANCE = 1e-3;
/** Half of the last digit that llama.cpp prints of a perplexity. */
const PRINTED = 5e-5;
/** Relative difference of two perplexities in float32 with other orders of sums. */
const ORDER = 1e-6;
/** The same of statistics. */
const [DIGIT, PERCENT] = [5e-7, 5e-4];
/** Half a step of the log-probabilities of the base, which llama.cpp keeps in 16 bits, from 0 to -16. */
const STEP = 16 / 65535 / 2;
/** What may be added to the tolerance: the figures of single tokens carry the error of a step. */
const ROUNDING: Readonly<Record<string, number>> = {
  ...{ kldMean: DIGIT, kldMax: STEP, kld999: STEP, kld99: STEP, kldMedian: STEP, kld10: STEP },
  ...{ dpMeanPercent: PERCENT, dpRmsPercent: PERCENT, dpMaxPercent: 100 * STEP, dpMinPercent: 100 * STEP },
};

/**
 * Figures that differ by more than others may, and by how much. The token whose probability falls most with Q8_0 loses 3.116 % here and
 * 3.080 % there. The likely cause is ggml's table of GELU in 16 bits, where another order of sums finds a neighbouring entry; no other
 * figure of the file differs.
 */
const BEYOND: Readonly<Record<string, number>> = { 'gpt2-tinystories.Q8_0.gguf dpMinPercent': 0.04 };

const gpu = await testGpu();
const lab = { ...nodeLabOn(gpu), cpu: await nodeRuntime() };
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-statistics-'));
afterAll(() => rmSync(folder, { recursive: true }));

const planOf = (model: string, data: string, windows: number, files: readonly string[]): Plan => ({
  ...{ model, codecs: [], files, data },
  protocol: { kind: 'llama.cpp', context: 256, stride: 256, windows },
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

/**
 * Returns the path of a file of llama-quantize, or of one with the same tensors where the fixture has hashes alone: by the rules of its
 * later version, or for an earlier one with the types that the fixture lists.
 */
async function pathOf(name: string, fixtures: string, model: Model): Promise<string> {
  const kept = join(fixtures, `${name}.gguf`);
  if (existsSync(kept)) return kept;
  const { files } = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as {
    files: Record<string, { tensors: TensorTypes } | undefined>;
  };
  const listed = files[`${name}.gguf`];
  const bytes = listed
    ? (await RequantisedModel.of(model)).write(listed.tensors)
    : (await exportGguf(model, { type: fileType(name.split('.')[1]), name })).bytes;
  const path = join(folder, `${name}.gguf`);
  writeFileSync(path, bytes);
  return path;
}

describeLarge('fixtures/quantised/gguf/perplexity.json', (file) => {
  const fixtures = join(file, '..');
  const expected = JSON.parse(readFileSync(file, 'utf8')) as Expected;
  const text = join(fixtures, 'tinystories-valid-200000.txt');
  afterEach(() => vi.restoreAllMocks());

  test.each(MODELS)('$name: its tokens are llama.cpp’s', async ({ name, path }) => {
    const { assets } = await lab.openModel(path);
    const ids = await (await loadTokenizer(assets)).encode(readFileSync(text, 'utf8'));
    // The fixture has the tokens of whole windows, with the begin token where the model wants one.
    const { chunks, sha256Int32 } = expected.tokens[name];
    const whole = ids.slice(0, 256 * chunks);
    expect(await sha256Hex(new Uint8Array(whole.buffer))).toBe(sha256Int32);
  });

  test.each(MEASURED)(
    '$name: its perplexity is that of transformers',
    { timeout: SLOW_MS },
    async ({ name, path }) => {
      const records = await measured(planOf(path, text, expected.tokens[name].chunks, []));
      const { value } = records.get('baseline')!.quality.tokenStatistics!.perplexity;
      expect(value / expected.transformersFloat32[name].ppl - 1).toBeCloseTo(0, 6);
    },
  );

  test.each(MEASURED)(
    '$name: perplexity and statistics are llama.cpp’s',
    { timeout: SLOW_MS },
    async ({ name: model, path }) => {
      // With the exact GELU figures of single tokens differ by more than the tolerance.
      useGgmlGelu();
      const files = new Map<string, Record<string, number | Estimate>>();
      for (const [name, { dequantisedWeights }] of Object.entries(expected.klDivergence))
        if (name.startsWith(`${model}.`) && dequantisedWeights && (IS_WHOLE || ALWAYS.includes(name)))
          files.set(await pathOf(name, fixtures, await lab.openModel(path)), dequantisedWeights);
      expect(files.size).toBeGreaterThan(1);
      const records = await measured(planOf(path, text, expected.tokens[model].chunks, [...files.keys()]));
      const base = records.get('baseline')!.quality.tokenStatistics!.perplexity;
      const plain = expected.plain[`${model}.F32.base`];
      expect(Math.abs(base.value - plain.ppl)).toBeLessThanOrEqual(PRINTED + ORDER * plain.ppl);
      expect(base.standardError.toFixed(5)).toBe(plain.plusMinus.toFixed(5));
      const differing = [...files].flatMap(([of, figure]) => {
        const name = basename(of);
        const found = figures(records.get(`file(${name})`)!.quality.tokenStatistics!);
        return Object.entries(found).flatMap(([key, value]) => {
          const theirs = figure[key];
          const wanted = typeof theirs === 'number' ? theirs : theirs.value;
          const allowed = BEYOND[`${name} ${key}`] ?? TOLERANCE * Math.abs(wanted) + (ROUNDING[key] ?? 0);
          return Math.abs(value - wanted) <= allowed ? [] : [[name, key, value, wanted]];
        });
      });
      expect(differing).toEqual([]);
    },
  );
});
