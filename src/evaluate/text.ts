import { LabError } from '../base/errors';
import type { Gpu } from '../gpu/gpu';
import type { ModelShape } from '../models/architecture';
import { checkIds, checkLength, sequencesThatFit } from '../runtime/forward/forward';
import type { ModelWeights } from '../runtime/forward/weights';
import { batchSize, textBatches } from './batches';
import { comparePerplexity, type Estimate, type PerplexityComparison } from './statistics/perplexity';
import { divergenceFigures, share, type DivergenceFigures } from './statistics/agreement';
import type { Interval } from './statistics/proportions';
import { Scorer, type RunControl, type Scores, type ScoreRun } from './scorer';
import { sum, summarize, type Summary } from './statistics/summary';
import { planWindows, type TextProtocol, type Window, type WindowPlan } from './windows';

export interface TextInput {
  gpu: Gpu;
  shape: ModelShape;
  /** Float32 weights to compare with; stay the caller's and must outlive the evaluator. */
  baseline: ModelWeights;
  /** The whole text as one stream of token ids, special tokens included. */
  ids: Uint32Array;
  /** UTF-8 bytes each token of the stream stands for; without it there are no bits per byte. */
  tokenBytes?: ArrayLike<number>;
  protocol: TextProtocol;
  /** `all` adds the divergence from the baseline. */
  metrics: 'perplexity' | 'all';
  /** GPU bytes for the baseline's states. */
  cacheBytes?: number;
}

/** Quality of a language model as records store it; perplexities, nats, shares of 1. */
export interface TextQuality extends DivergenceFigures {
  task: 'perplexity';
  protocol: 'windows' | 'sliding';
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
}

/** Sums over the scored tokens of one window, in nats. */
export interface TextSample {
  nll: number;
  baselineNll: number;
  kl?: number;
  tokens: number;
}

export interface TextResult {
  quality: TextQuality;
  samples: TextSample[];
  /** Independent clusters behind the intervals; fewer than 30 do not carry a verdict. */
  clusters: number;
  /** Tokens per second through the forward pass, head excluded. */
  prefillTokensPerSecond: Summary;
  /** NLL of every scored token, in the order of the text. */
  tokenNll: Float64Array;
}

/** Measures weights of one language model on one text under one protocol: exp(Σ NLL ÷ scored tokens). */
export class TextEvaluator {
  readonly plan: WindowPlan;
  private readonly input: TextInput;
  private readonly scorer: Scorer;
  private readonly targets: Uint32Array;

  /**
   * Lays out windows and batches; nothing runs yet.
   * @throws LabError bad-input when the text is too short, holds an unknown id, or the context exceeds the model's;
   *   bad-plan for a protocol that leaves tokens unscored or has too few windows for an interval
   */
  constructor(input: TextInput) {
    const { gpu, shape, ids, protocol } = input;
    this.input = input;
    checkLength(shape, protocol.context);
    checkIds(ids, shape.vocabulary);
    this.plan = planWindows(ids.length, protocol);
    const { context, windows } = this.plan;
    const fit = sequencesThatFit(gpu, shape, context);
    const sequences = batchSize(windows.length, context, fit, gpu.info.software);
    const batches = textBatches(ids, this.plan, sequences);
    this.targets = scoredIds(ids, this.plan);
    this.scorer = new Scorer({
      ...input,
      batches,
      sequences,
      length: context,
      divergence: input.metrics === 'all',
      nameRow: (row) => `window ${1 + this.windowOf(row)} of ${windows.length}`,
    });
  }

  /** Measures the baseline against itself and keeps its losses for the codecs. */
  async measureBaseline(control: RunControl): Promise<TextResult> {
    const run = await this.scorer.runBaseline(control);
    return this.result({ ...run, baseline: run.scores });
  }

  /**
   * Measures one codec's weights; the baseline runs first if it has not.
   * @throws LabError not-finite naming codec and window; device-lost; Cancelled
   */
  async measure(weights: ModelWeights, control: RunControl): Promise<TextResult> {
    return this.result(await this.scorer.run(weights, control));
  }

  /** Token losses over the first batch only: two forms of the same weights can be compared token by token. */
  firstTokenLosses(weights: ModelWeights, control: RunControl): Promise<Float64Array> {
    return this.scorer.firstBatch(weights, control);
  }

  /** Runs the baseline's first batch, for timing; returns the sequences that took part. */
  probe(control: RunControl): Promise<number> {
    return this.scorer.probe(control);
  }

  dispose(): void {
    this.scorer.dispose();
  }

  private result({ scores, baseline, sequencesPerSecond }: ScoreRun & { baseline: Scores }): TextResult {
    const { context, windows, block } = this.plan;
    const samples = windowSamples(this.plan, scores, baseline);
    const compared = comparePerplexity(samples, block);
    return {
      quality: this.quality(compared, scores, baseline),
      samples,
      clusters: Math.floor(windows.length / block),
      prefillTokensPerSecond: summarize(sequencesPerSecond.map((rate) => rate * context)),
      tokenNll: scores.nll,
    };
  }

  private quality(compared: PerplexityComparison, scores: Scores, baseline: Scores): TextQuality {
    const { kind, context, stride } = this.input.protocol;
    const { perplexity, delta, deltaCi95, deltaPercent, deltaPercentCi95 } = compared;
    if (!Number.isFinite(perplexity.value) || !deltaPercentCi95.every(Number.isFinite))
      throw tooLarge(compared);
    return {
      task: 'perplexity',
      protocol: kind,
      context,
      stride: kind === 'windows' ? context : stride,
      windows: this.plan.windows.length,
      scoredTokens: this.plan.scoredTokens,
      ...perplexity,
      baseline: compared.baseline,
      delta,
      deltaCi95,
      deltaPercent,
      deltaPercentCi95,
      ...divergenceFigures(scores.kl),
      topAgreement: share(scores.top, baseline.top),
      tokenAccuracy: share(scores.top, this.targets),
      ...this.bitsPerByte(scores),
    };
  }

  /** Bits of information per UTF-8 byte of the scored tokens. */
  private bitsPerByte({ nll }: Scores): { bitsPerByte?: number } {
    const { tokenBytes } = this.input;
    if (!tokenBytes) return {};
    let bytes = 0;
    for (const { start, firstScored } of this.plan.windows)
      for (let t = firstScored; t < start + this.plan.context; t++) bytes += tokenBytes[t];
    return bytes > 0 ? { bitsPerByte: sum(nll) / Math.LN2 / bytes } : {};
  }

  private windowOf(row: number): number {
    let [window, rows] = [-1, 0];
    while (rows <= row) rows += scoredOf(this.plan, this.plan.windows[++window]);
    return window;
  }
}

function scoredOf({ context }: WindowPlan, { start, firstScored }: Window): number {
  return start + context - firstScored;
}

function scoredIds(ids: Uint32Array, plan: WindowPlan): Uint32Array {
  const result = new Uint32Array(plan.scoredTokens);
  let at = 0;
  for (const { start, firstScored } of plan.windows) {
    const scored = ids.subarray(firstScored, start + plan.context);
    result.set(scored, at);
    at += scored.length;
  }
  return result;
}

function windowSamples(plan: WindowPlan, scores: Scores, baseline: Scores): TextSample[] {
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
