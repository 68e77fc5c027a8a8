import { quantileSorted } from 'simple-statistics';
import { Artefact } from '../../artefact/read';
import { LabError, throwIfAborted } from '../../base/errors';
import { quantileInterval, summarize, type Summary } from '../../evaluate/statistics/summary';
import type { Model } from '../../models/model';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { generate, type OpenDecoder } from '../../runtime/generate/generate';
import { decodersOf } from '../generate/decoder';
import type { Lab } from '../lab';
import type { Latency } from '../results/record';
import type { PlanEvaluation } from './evaluator';
import type { TimedWeights } from './timedWeights';

/** The speed of single tokens of a generated text, or of single images. */
export interface Timing {
  /** Tokens or images a second, a sample for each ten of them. */
  perSecond: Summary;
  latency: Latency;
}

/** An evaluation, and where the plan asks for it the speed of single tokens or images with the same weights. */
export type TimedEvaluation = PlanEvaluation & { timing?: Timing };

/** How timing is stopped and followed. */
export interface TimingControl {
  signal?: AbortSignal;
  /** Receives the share that is done. */
  onProgress?: (fraction: number) => void;
}

/** The text that is continued, and how many of its tokens. */
const PROMPT =
  'Once upon a time there was a little girl who lived with her mother in a small house near the forest. ';
const PROMPT_TOKENS = 32;
/** Tokens after the prompt, or images, that are not timed, since the first ones compile kernels and fill caches. */
const WARM_UP = 8;
/** Tokens of one text. More are timed in further texts, so that they have about the same number of earlier tokens. */
const TEXT_TOKENS = 512;
const MIN_CONTEXT = 8;
/** Consecutive tokens or images of one sample of the rate. */
const RATE_STEPS = 10;

/** The lengths of the texts that are generated, in tokens. */
interface TextLengths {
  prompt: number;
  warmUp: number;
  /** Timed tokens of each text, at most. */
  timed: number;
}

/**
 * Generates texts greedily from a fixed prompt, where the lab measures, and times each token after the prompt and a warm-up: on the GPU
 * with layers that multiply straight from packed codes where the codec has them, on the CPU by ONNX Runtime with float32 weights.
 * @param tokens how many to time
 * @throws LabError as `decodersOf`, and bad-plan for a model with almost no context; Cancelled. Nothing stays allocated.
 */
export async function measureGeneration(
  lab: Lab,
  { model, file, base }: TimedWeights,
  tokens: number,
  { signal, onProgress }: TimingControl = {},
): Promise<Timing> {
  const lengths = textLengths(model);
  const prompt = await promptIds(model, lengths.prompt);
  const artefact = file && (await Artefact.open(file, base));
  const decoders = await decodersOf(lab, model, artefact, signal);
  const liveBytes = () => lab.gpu?.buffers.liveBytes ?? 0;
  let ownBytes = 0;
  const open: OpenDecoder = async (...size) => {
    const before = liveBytes();
    const decoder = await decoders.open(...size);
    ownBytes = Math.max(ownBytes, liveBytes() - before);
    return decoder;
  };
  try {
    const times = await tokenTimes(model, open, { prompt, lengths, tokens, signal, onProgress });
    const { gpuBytes } = decoders;
    return timingOf(times, prompt.length, gpuBytes === undefined ? undefined : gpuBytes + ownBytes);
  } finally {
    decoders.dispose();
  }
}

/** Divides a model's context among prompt, warm-up and timed tokens. The token after the prompt comes from the prefill. */
function textLengths({ id, shape: { maxContext } }: Model): TextLengths {
  if (maxContext < MIN_CONTEXT)
    throw new LabError(
      'bad-plan',
      `${id} has a context of ${maxContext} tokens; timing single tokens needs ${MIN_CONTEXT}.`,
      'Leave latency out.',
    );
  const prompt = Math.min(PROMPT_TOKENS, maxContext >> 2);
  const warmUp = 1 + Math.min(WARM_UP, maxContext >> 3);
  return { prompt, warmUp, timed: Math.min(TEXT_TOKENS, maxContext - prompt - warmUp) };
}

/** Returns the first tokens of the fixed prompt, repeated as often as needed. */
async function promptIds({ assets }: Model, count: number): Promise<number[]> {
  const ids = Array.from(await (await loadTokenizer(assets)).encode(PROMPT.repeat(count)));
  return ids.slice(0, count);
}

interface TimedTexts {
  prompt: readonly number[];
  lengths: TextLengths;
  tokens: number;
  signal?: AbortSignal;
  onProgress?: (fraction: number) => void;
}

/** Returns the milliseconds of each timed token, in the order of the texts. */
async function tokenTimes(
  { shape }: Model,
  open: OpenDecoder,
  { prompt, lengths, tokens, signal, onProgress }: TimedTexts,
): Promise<number[]> {
  const times: number[] = [];
  while (times.length < tokens) {
    const maxTokens = lengths.warmUp + Math.min(lengths.timed, tokens - times.length);
    const text = generate(shape, open, { prompt, maxTokens, temperature: 0, seed: 0, signal });
    for (let produced = 0; produced < maxTokens; produced++) {
      const before = performance.now();
      await text.next();
      if (produced >= lengths.warmUp) times.push(performance.now() - before);
      if (produced % RATE_STEPS === 0) onProgress?.(times.length / tokens);
    }
    await text.next();
  }
  return times;
}

/**
 * Classifies the same image again and again, alone, where the lab measures, and times each time after a warm-up: on the GPU with layers
 * that multiply straight from packed codes where the codec has them, on the CPU by ONNX Runtime with float32 weights.
 * @param images how many to time
 * @throws LabError as `openClassifier`; Cancelled. Nothing stays allocated.
 */
export async function measureClassification(
  lab: Lab,
  weights: TimedWeights,
  images: number,
  { signal, onProgress }: TimingControl = {},
): Promise<Timing> {
  const { openClassifier } = await import('./classifier');
  const { model, file, base } = weights;
  const { channels, size } = model.shape.image!;
  // The values of the pixels do not change the work.
  const pixels = new Float32Array(channels * size * size).map((_, i) => Math.sin(i));
  const artefact = file && (await Artefact.open(file, base));
  const classifier = await openClassifier(lab, model, artefact, signal);
  try {
    const times: number[] = [];
    for (let i = -WARM_UP; i < images; i++) {
      throwIfAborted(signal);
      const before = performance.now();
      await classifier.classify(pixels, signal);
      if (i >= 0) times.push(performance.now() - before);
      if (i % RATE_STEPS === 0) onProgress?.(Math.max(0, i) / images);
    }
    return timingOf(times, 0, classifier.gpuBytes);
  } finally {
    classifier.dispose();
  }
}

/** Summarises the milliseconds of single tokens, or of images, which have no prompt. */
export function timingOf(times: readonly number[], promptTokens: number, gpuBytes?: number): Timing {
  const sorted = [...times].sort((a, b) => a - b);
  const percentile = (q: number): Latency['p50'] => {
    const [low, high] = quantileInterval(sorted, q);
    return { ms: quantileSorted(sorted, q), ci95: [low ?? 0, high] };
  };
  const rates = Array.from({ length: Math.floor(times.length / RATE_STEPS) }, (_, i) => {
    const ms = times.slice(i * RATE_STEPS, (i + 1) * RATE_STEPS).reduce((sum, time) => sum + time, 0);
    return (1000 * RATE_STEPS) / Math.max(ms, Number.EPSILON);
  });
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map(percentile);
  return {
    perSecond: summarize(rates),
    latency: {
      promptTokens,
      tokens: times.length,
      p50,
      p95,
      p99,
      ...(gpuBytes !== undefined && { gpuBytes }),
    },
  };
}
