import { quantileSorted } from 'simple-statistics';
import { Artefact } from '../../artefact/read';
import type { StoredArtefact } from '../../artefact/sink';
import { LabError } from '../../base/errors';
import { quantileInterval, summarize, type Summary } from '../../evaluate/statistics/summary';
import type { Model } from '../../models/model';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { generate, type OpenDecoder } from '../../runtime/generate/generate';
import { decodersOf } from '../generate/decoder';
import type { Lab } from '../lab';
import type { Latency } from '../results/record';
import type { PlanEvaluation } from './evaluator';

/** The speed of generating a text token by token, as records store it. */
export interface Generation {
  decodeTokensPerSecond: Summary;
  latency: Latency;
}

/** An evaluation, and where the plan asks for it the speed of generating a text with the same weights. */
export type TimedEvaluation = PlanEvaluation & { generation?: Generation };

/** The text that is continued, and how many of its tokens. */
const PROMPT =
  'Once upon a time there was a little girl who lived with her mother in a small house near the forest. ';
const PROMPT_TOKENS = 32;
/** Tokens after the prompt that are not timed, since the first ones compile kernels and fill caches. */
const WARM_UP_TOKENS = 8;
/** Tokens of one text. More are timed in further texts, so that they have about the same number of earlier tokens. */
const TEXT_TOKENS = 512;
const MIN_CONTEXT = 8;
/** Consecutive tokens of one sample of the rate. */
const RATE_TOKENS = 10;

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
 * @param stored the artefact with the weights; without it the model's own are used
 * @param tokens how many to time
 * @throws LabError as `decodersOf`, and bad-plan for a model with almost no context; Cancelled. Nothing stays allocated.
 */
export async function measureGeneration(
  lab: Lab,
  model: Model,
  stored: StoredArtefact | undefined,
  tokens: number,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (fraction: number) => void } = {},
): Promise<Generation> {
  const lengths = textLengths(model);
  const prompt = await promptIds(model, lengths.prompt);
  const artefact = stored && (await Artefact.open(stored));
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
    return generationOf(times, prompt.length, gpuBytes === undefined ? undefined : gpuBytes + ownBytes);
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
  const warmUp = 1 + Math.min(WARM_UP_TOKENS, maxContext >> 3);
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
      if (produced % RATE_TOKENS === 0) onProgress?.(times.length / tokens);
    }
    await text.next();
  }
  return times;
}

/** Summarises the milliseconds of single tokens. */
export function generationOf(times: readonly number[], promptTokens: number, gpuBytes?: number): Generation {
  const sorted = [...times].sort((a, b) => a - b);
  const percentile = (q: number): Latency['p50'] => {
    const [low, high] = quantileInterval(sorted, q);
    return { ms: quantileSorted(sorted, q), ci95: [low ?? 0, high] };
  };
  const rates = Array.from({ length: Math.floor(times.length / RATE_TOKENS) }, (_, i) => {
    const ms = times.slice(i * RATE_TOKENS, (i + 1) * RATE_TOKENS).reduce((sum, time) => sum + time, 0);
    return (1000 * RATE_TOKENS) / Math.max(ms, Number.EPSILON);
  });
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map(percentile);
  return {
    decodeTokensPerSecond: summarize(rates),
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
