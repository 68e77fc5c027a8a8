import { concatenate } from '../base/concatenate';
import { LabError } from '../base/errors';
import { checkIds, checkLength, maxSequences } from '../runtime/forward/forward';
import { batchLimits, batchSize, textBatches } from './batches';
import type { Compute } from './engine';
import { Evaluator, type EvaluationRun, type EvaluatorInput } from './evaluator';
import type { RowLosses } from './reduction';
import { agreement, divergenceFigures, type DivergenceFigures } from './statistics/agreement';
import {
  comparePerplexity,
  type Estimate,
  type PerplexityComparison,
  type TextSample,
} from './statistics/perplexity';
import type { Interval } from './statistics/proportions';
import { sum, summarize, type Summary } from './statistics/summary';
import { tokenStatistics, type TokenStatistics } from './statistics/tokens';
import type { RowUncertainty } from './uncertainty';
import { planWindows, type TextProtocol, type Window, type WindowPlan } from './windows';

export interface TextInput extends EvaluatorInput {
  /** The whole text as one stream of token ids, special tokens included. */
  ids: Uint32Array;
  /** UTF-8 bytes each token of the stream stands for; without it there are no bits per byte. */
  tokenBytes?: ArrayLike<number>;
  protocol: TextProtocol;
  /** The token that models expect at the beginning; the protocol `llama.cpp` puts it in place of the first of every window. */
  begin?: number;
}

/** Quality of a language model as records store it; perplexities, nats, shares of 1. */
interface TextQuality extends DivergenceFigures {
  task: 'perplexity';
  protocol: TextProtocol['kind'];
  context: number;
  stride: number;
  windows: number;
  scoredTokens: number;
  value: number;
  standardError: number;
  baseline: Estimate;
  delta: number;
  deltaCi95: Interval;
  deltaPercent: number;
  deltaPercentCi95: Interval;
  /** Share of tokens whose most likely successor is the baseline's. */
  topAgreement: number;
  /** Share of tokens whose most likely successor is the right one. */
  tokenAccuracy: number;
  bitsPerByte?: number;
  /** Statistics over single tokens, for the protocol `llama.cpp`. */
  tokenStatistics?: TokenStatistics;
}

/** One evaluation of a language model. */
export interface TextEvaluation {
  quality: TextQuality;
  samples: TextSample[];
  /** Independent clusters behind the intervals; fewer than 30 do not carry a verdict. */
  clusters: number;
  /** What ran the model. */
  compute: Compute;
  /** Tokens per second through the forward pass, head excluded. */
  speed: { prefillTokensPerSecond: Summary };
  /** NLL of every scored token, in the order of the text. */
  tokenNll: Float64Array;
  /** How uncertain the model was before each of them; only with the metrics `uncertainty`. */
  uncertainty?: RowUncertainty;
}

/** A text with its windows and targets. */
interface LaidOutText extends TextInput {
  plan: WindowPlan;
  /** The right token of every scored row. */
  targets: Uint32Array;
}

/**
 * Makes an evaluator of perplexity, exp(Σ NLL ÷ scored tokens), of one language model on one text under one protocol. It lays
 * out windows and batches; nothing runs yet.
 * @throws LabError bad-input when the text is too short, holds an unknown id, or the context exceeds the model's;
 *   bad-plan for a protocol that leaves tokens unscored or has too few windows for an interval
 */
export function textEvaluator(input: TextInput): Evaluator<TextEvaluation> {
  const { gpu, shape, ids, protocol } = input;
  checkLength(shape, protocol.context);
  checkIds(ids, shape.vocabulary);
  const plan = planWindows(ids.length, protocol);
  const { context, windows } = plan;
  const limits = batchLimits(gpu);
  const fit = maxSequences(limits, shape, context);
  const sequences = batchSize(windows.length, context, fit, limits.software);
  const batches = textBatches(withBegin(input, plan), plan, sequences);
  const text = {
    ...input,
    plan,
    targets: concatenate(
      Uint32Array,
      batches.map(({ targets }) => targets),
    ),
  };
  return new Evaluator({
    ...input,
    units: { sequences: windows.length, length: context },
    batches,
    sequences,
    length: context,
    nameRow: (row) => `window ${1 + windowOf(plan, row)} of ${windows.length}`,
    summarise: (run) => textEvaluation(text, run),
  });
}

/** Returns the stream with the token of the beginning at the start of every window, where the protocol wants it. */
function withBegin({ ids, protocol, begin }: TextInput, { windows }: WindowPlan): Uint32Array {
  if (protocol.kind !== 'llama.cpp' || begin === undefined) return ids;
  const changed = ids.slice();
  for (const { start } of windows) changed[start] = begin;
  return changed;
}

function textEvaluation(text: LaidOutText, run: EvaluationRun): TextEvaluation {
  const { context, windows, block } = text.plan;
  const { scores, baseline, sequencesPerSecond } = run;
  const samples = windowSamples(text.plan, scores, baseline);
  return {
    quality: textQuality(text, comparePerplexity(samples, block), scores, baseline),
    samples,
    clusters: Math.floor(windows.length / block),
    compute: run.compute,
    speed: { prefillTokensPerSecond: summarize(sequencesPerSecond.map((rate) => rate * context)) },
    tokenNll: scores.nll,
    ...(scores.uncertainty && { uncertainty: scores.uncertainty }),
  };
}

function textQuality(
  text: LaidOutText,
  compared: PerplexityComparison,
  scores: RowLosses,
  baseline: RowLosses,
): TextQuality {
  const { kind, context, stride } = text.protocol;
  const { perplexity, delta, deltaCi95, deltaPercent, deltaPercentCi95 } = compared;
  if (!Number.isFinite(perplexity.value) || !deltaPercentCi95.every(Number.isFinite))
    throw tooLarge(compared);
  return {
    task: 'perplexity',
    protocol: kind,
    context,
    stride: kind === 'sliding' ? stride : context,
    windows: text.plan.windows.length,
    scoredTokens: text.plan.scoredTokens,
    ...perplexity,
    baseline: compared.baseline,
    delta,
    deltaCi95,
    deltaPercent,
    deltaPercentCi95,
    ...divergenceFigures(scores.kl),
    topAgreement: agreement(scores.top, baseline.top),
    tokenAccuracy: agreement(scores.top, text.targets),
    ...bitsPerByte(text, scores),
    ...(kind === 'llama.cpp' && { tokenStatistics: tokenStatistics(scores, baseline, scoredTokens(text)) }),
  };
}

function scoredTokens({ plan, targets }: LaidOutText) {
  return { targets, windows: plan.windows.map((window) => scoredOf(plan, window)), block: plan.block };
}

/** Bits of information per UTF-8 byte of the scored tokens. */
function bitsPerByte({ tokenBytes, plan }: LaidOutText, { nll }: RowLosses): { bitsPerByte?: number } {
  if (!tokenBytes) return {};
  let bytes = 0;
  for (const { start, firstScored } of plan.windows)
    for (let t = firstScored; t < start + plan.context; t++) bytes += tokenBytes[t];
  return bytes > 0 ? { bitsPerByte: sum(nll) / Math.LN2 / bytes } : {};
}

function windowOf(plan: WindowPlan, row: number): number {
  let [window, rows] = [-1, 0];
  while (rows <= row) rows += scoredOf(plan, plan.windows[++window]);
  return window;
}

function scoredOf({ context }: WindowPlan, { start, firstScored }: Window): number {
  return start + context - firstScored;
}

function windowSamples(plan: WindowPlan, scores: RowLosses, baseline: RowLosses): TextSample[] {
  let at = 0;
  return plan.windows.map((window) => {
    const tokens = scoredOf(plan, window);
    const total = (values: Float64Array) => sum(values.subarray(at, at + tokens));
    const sample = {
      nll: total(scores.nll),
      baselineNll: total(baseline.nll),
      ...(scores.kl && { kl: total(scores.kl) }),
      tokens,
    };
    at += tokens;
    return sample;
  });
}

function tooLarge({ meanNll }: PerplexityComparison): LabError {
  return new LabError(
    'not-finite',
    `The perplexity is too large for a number: the mean loss is ${meanNll.toFixed(0)} nats per token.`,
    'Choose more bits or a smaller group.',
  );
}
