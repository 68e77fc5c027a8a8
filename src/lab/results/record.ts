import * as v from 'valibot';
import { LabError } from '../../base/errors';
import { issuePath, issueReason } from '../../base/issue';
import { taskResultSchema } from './taskResult';

/** Schema of one measured point, `bitcurve.record/1`. Validated on the way in and out. */

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const interval = v.tuple([finite, finite]);
const summary = v.object({ median: finite, ci95: interval, samples: v.array(finite) });
const estimate = v.object({ value: finite, standardError: finite });

/** A percentile in milliseconds, with its 95 % interval; without an upper end where too few tokens were timed for one. */
const percentile = v.object({ ms: finite, ci95: v.tuple([finite, v.nullable(finite)]) });

/** An estimate over single tokens; records of older versions have no interval. */
const tokenEstimate = v.object({ ...estimate.entries, ci95: v.optional(interval) });

/** Fractions of the tokens, the value that each does not exceed, and its 95 % interval if there is one, from the maximum down. */
const quantiles = v.array(
  v.union([v.strictTuple([finite, finite, interval]), v.strictTuple([finite, finite])]),
);

const quality = v.object({
  task: v.picklist(['perplexity', 'image-accuracy']),
  dataset: v.string(),
  datasetSha256: v.string(),
  tokenizerSha256: v.optional(v.string()),
  protocol: v.optional(v.picklist(['windows', 'sliding', 'llama.cpp'])),
  context: v.optional(count),
  stride: v.optional(count),
  windows: v.optional(count),
  scoredTokens: v.optional(count),
  images: v.optional(count),
  value: finite,
  standardError: finite,
  baseline: estimate,
  /** value − baseline, with its 95 % interval (paired). */
  delta: finite,
  deltaCi95: interval,
  /** 100 · (value ÷ baseline − 1); for accuracy the difference in percentage points. */
  deltaPercent: finite,
  deltaPercentCi95: interval,
  /** Mean cross entropy of an image classifier, in nats. */
  loss: v.optional(finite),
  klMean: v.optional(finite),
  klMedian: v.optional(finite),
  klP99: v.optional(finite),
  topAgreement: v.optional(finite),
  tokenAccuracy: v.optional(finite),
  bitsPerByte: v.optional(finite),
  /** Statistics over single tokens, as llama.cpp prints them (src/evaluate/statistics/tokens.ts). */
  tokenStatistics: v.optional(
    v.object({
      perplexity: tokenEstimate,
      baseline: tokenEstimate,
      correlation: v.nullable(finite),
      correlationCi95: v.optional(interval),
      logRatio: tokenEstimate,
      ratio: tokenEstimate,
      difference: tokenEstimate,
      kl: v.optional(v.object({ mean: tokenEstimate, quantiles })),
      probability: v.object({ mean: tokenEstimate, rootMeanSquare: tokenEstimate, quantiles }),
      sameTop: tokenEstimate,
      flips: tokenEstimate,
    }),
  ),
});

const sample = v.union([
  /** Sums over the scored tokens of one window, in nats. */
  v.object({ nll: finite, baselineNll: finite, kl: v.optional(finite), tokens: count }),
  v.pipe(
    v.object({
      correct: count,
      baselineCorrect: count,
      images: count,
      /** Images only the codec, or only the baseline, got right. */
      gained: count,
      lost: count,
      /** One bit per image of the block, 1 = right: hexadecimal, first image highest, padded with zeros. */
      bits: v.pipe(v.string(), v.regex(/^[0-9a-f]*$/)),
    }),
    v.check(areConsistent, 'bits and counts do not fit each other'),
  ),
]);

/** Whether there is a bit for each image, `correct` of them are set, and the counts add up. */
function areConsistent(block: {
  bits: string;
  images: number;
  correct: number;
  baselineCorrect: number;
  gained: number;
  lost: number;
}): boolean {
  const bits = [...block.bits].map((digit) => parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  return (
    bits.length === 4 * Math.ceil(block.images / 4) &&
    !bits.slice(block.images).includes('1') &&
    bits.replaceAll('0', '').length === block.correct &&
    block.correct - block.baselineCorrect === block.gained - block.lost
  );
}

const training = v.object({
  /**
   * `qat`: with weights rounded to three values in every step; `fine-tune`: the same steps in float32; `fresh`: from
   * drawn weights; `head`: with a new classifier, which alone was drawn.
   */
  kind: v.picklist(['qat', 'fine-tune', 'fresh', 'head']),
  steps: count,
  /** Sequences or images of each step. */
  batch: count,
  /** Tokens of a sequence. */
  length: v.optional(count),
  optimiser: v.string(),
  learningRate: finite,
  seed: count,
  /** Rule, group, estimator and scale, as `ternary` has them. */
  quantiser: v.optional(v.string()),
  dataset: v.string(),
  datasetSha256: v.string(),
  /** SHA-256 of the weights it began with. */
  from: v.string(),
  distillation: v.optional(v.object({ weight: finite, temperature: finite, teacher: v.string() })),
});

const selfCheck = v.object({
  /** The adapter's name; `environment.adapter` is `none` if it computes wrongly. */
  adapter: v.string(),
  /** Largest difference of a log-probability from that of Hugging Face transformers, in nats; null if one is not a number. */
  value: v.nullable(finite),
  agrees: v.boolean(),
});

/** The time from a token to the next of a generated text, or of one image after another (src/lab/run/latency.ts). */
const latency = v.object({
  /** 0 for images. */
  promptTokens: count,
  /** Timed tokens or images, which exclude those of the warm-up. */
  tokens: count,
  p50: percentile,
  p95: percentile,
  p99: percentile,
  /** The most GPU memory that weights, cache and activations took; absent where the CPU computed. */
  gpuBytes: v.optional(count),
});

/** The schema of a record, which public/schema/record.json publishes. */
export const recordSchema = v.object({
  schema: v.literal('bitcurve.record/1'),
  id: v.string(),
  /** Hash of model, codec, data, protocol, seed and code version: an equal key resumes. */
  runKey: v.string(),
  startedAt: v.string(),
  durationMs: finite,
  status: v.picklist(['complete', 'partial']),
  /** `codec` for one of the plan, `baseline` for float32, `opponent` for plain rounding at the same bytes. */
  role: v.picklist(['baseline', 'codec', 'opponent']),
  model: v.object({
    id: v.string(),
    source: v.string(),
    revision: v.string(),
    sha256: v.string(),
    parameters: count,
    architecture: v.string(),
  }),
  artefactSha256: v.optional(v.string()),
  /** How these weights were trained from the baseline's model; absent if they were not. */
  training: v.optional(training),
  codec: v.object({
    id: v.string(),
    options: v.record(v.string(), v.union([v.number(), v.boolean(), v.string()])),
    /** The plan's spelling. */
    spec: v.string(),
    label: v.string(),
    /** The data that calibrated codecs, allocations and output errors used. */
    calibration: v.optional(
      v.object({
        dataset: v.string(),
        sha256: v.string(),
        /** Windows (or images) of each draw, and the seeds of the draws. */
        windows: count,
        context: v.optional(count),
        seeds: v.array(count),
        /** Quality of each draw, where there were several. */
        values: v.optional(v.array(finite)),
        /**
         * What the file loses on windows (or images) of the set that its draw does not use, if a limit was searched for: per cent of
         * perplexity, or points of accuracy.
         */
        validation: v.optional(
          v.object({
            loss: finite,
            lossCi95: interval,
            unit: v.picklist(['windows', 'images']),
            units: count,
          }),
        ),
      }),
    ),
    /** The model of which it codes the difference. */
    base: v.optional(
      v.object({
        id: v.string(),
        sha256: v.string(),
        source: v.optional(v.string()),
        revision: v.optional(v.string()),
      }),
    ),
  }),
  scope: v.picklist(['linear', 'all']),
  rest: v.picklist(['float16', 'float32', 'bfloat16']),
  /** The plan's seed: with codec, scope, rest and calibration it makes the same artefact again. */
  seed: v.optional(count),
  size: v.object({
    totalBytes: count,
    assetBytes: count,
    bitsPerWeight: finite,
    bitsPerCodedWeight: finite,
    ratioFloat32: finite,
    ratioFloat16: finite,
    parts: v.object({
      codes: count,
      scales: count,
      codebooks: count,
      tables: count,
      float: count,
      header: count,
    }),
  }),
  error: v.optional(
    v.object({
      relativeL2: finite,
      maxAbs: finite,
      cosine: finite,
      sqnrDb: v.nullable(finite),
      layers: v.array(
        v.object({
          name: v.string(),
          codec: v.string(),
          bits: finite,
          relativeL2: finite,
          maxAbs: finite,
          /** ‖(W − Ŵ)X‖ ÷ ‖WX‖ on calibration activations. */
          outputError: v.optional(finite),
        }),
      ),
    }),
  ),
  quality,
  samples: v.array(sample),
  /** Texts that the model was made to write (`npm run generate`); absent if it was not. */
  texts: v.optional(
    v.array(
      v.object({
        prompt: v.string(),
        seed: count,
        temperature: finite,
        topK: count,
        maxTokens: count,
        text: v.string(),
      }),
    ),
  ),
  /** What the plan's tasks found, in the plan's order; absent without tasks. */
  tasks: v.optional(v.array(taskResultSchema)),
  speed: v.object({
    encodeMs: v.optional(finite),
    /** Carrying calibration data through the model. */
    calibrateMs: v.optional(finite),
    decodeMs: v.optional(finite),
    prefillTokensPerSecond: v.optional(summary),
    imagesPerSecond: v.optional(summary),
    /** Tokens per second when a text is generated token by token, over groups of consecutive tokens. */
    decodeTokensPerSecond: v.optional(summary),
    latency: v.optional(latency),
    peakGpuBytes: count,
  }),
  verdict: v.optional(
    v.object({
      opponent: v.nullable(v.string()),
      /** Opponent bytes ÷ codec bytes. */
      slack: v.nullable(finite),
      outcome: v.picklist(['better', 'worse', 'unsure', 'no-opponent', 'is-opponent']),
      /** Mean NLL difference (codec − opponent), or accuracy difference in points (opponent − codec); < 0 favours the codec. */
      difference: v.nullable(finite),
      ci95: v.nullable(interval),
      /** Calibration draws behind a calibrated codec's outcome; under three it holds for this calibration sample only. */
      draws: v.optional(count),
    }),
  ),
  verification: v.object({
    fromArtefact: v.boolean(),
    gpuMatchesReference: v.nullable(v.boolean()),
    packedDeltaNll: v.optional(finite),
    /** The same weights run by another program (`npm run gguf -- check`): largest difference of a log-probability, in nats. */
    independentRuntime: v.optional(v.object({ name: v.string(), value: finite, agrees: v.boolean() })),
    /** Whether another reader finds the decoded weights in a safetensors file in hub layout. */
    loadedElsewhere: v.optional(
      v.object({ name: v.string(), agrees: v.boolean(), difference: v.optional(v.string()) }),
    ),
    /**
     * The weights that reader found, run by another program: largest difference of a log-probability, in nats; null if
     * not finite.
     */
    inferenceAgrees: v.optional(
      v.object({ name: v.string(), value: v.nullable(finite), agrees: v.boolean() }),
    ),
  }),
  environment: v.object({
    adapter: v.string(),
    features: v.array(v.string()),
    fallbackAdapter: v.boolean(),
    /** What ran the model; absent in records of versions that had the GPU only. The adapter encoded and decoded in either case. */
    compute: v.optional(v.picklist(['gpu', 'cpu'])),
    /** The program that ran it on the CPU. */
    cpuRuntime: v.optional(v.string()),
    selfCheck: v.optional(selfCheck),
    runtime: v.string(),
    version: v.string(),
    commit: v.string(),
  }),
  /** Reasons why this record must not be ranked, and what its reader must know. */
  validity: v.array(v.string()),
});

const { runKey, startedAt, environment, speed } = recordSchema.entries;
const speedSampleSchema = v.object({ runKey, startedAt, environment, speed });

export type LabRecord = v.InferOutput<typeof recordSchema>;
/** The speed of one measurement on one machine. */
export type SpeedSample = v.InferOutput<typeof speedSampleSchema>;
export type Training = NonNullable<LabRecord['training']>;
/** How an adapter computes a window whose log-probabilities are known (src/lab/selfCheck). */
export type SelfCheck = v.InferOutput<typeof selfCheck>;
export type Latency = v.InferOutput<typeof latency>;
export type Quality = LabRecord['quality'];
export type RecordSample = LabRecord['samples'][number];
export type RecordVerdict = NonNullable<LabRecord['verdict']>;

/** The bytes of a record's file without tokenizer and preprocessor, which are what sizes and ratios count. */
export function fileBytes({ size }: Pick<LabRecord, 'size'>): number {
  return size.totalBytes - size.assetBytes;
}

/** Checks a record against its schema. @throws LabError bad-file naming the first field that does not fit */
export function parseRecord(input: unknown): LabRecord {
  return parsed(recordSchema, 'a Bitcurve record', input);
}

/** Checks the speed of a measurement. @throws LabError bad-file */
export function parseSpeedSample(input: unknown): SpeedSample {
  return parsed(speedSampleSchema, 'the speed of a record', input);
}

function parsed<T extends typeof recordSchema | typeof speedSampleSchema>(
  schema: T,
  what: string,
  input: unknown,
): v.InferOutput<T> {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new LabError(
    'bad-file',
    `This is not ${what}: ${issuePath(issue) ?? 'the value'}: ${issueReason(issue)}.`,
    'Export it again with this version of Bitcurve.',
  );
}
