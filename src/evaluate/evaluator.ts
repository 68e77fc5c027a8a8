import { LabError } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { CopyCommand } from '../gpu/recorder';
import type { ModelShape } from '../models/architecture';
import { Forward } from '../runtime/forward/forward';
import type { ActivationView } from '../runtime/linear/linear';
import type { WeightsByName } from '../runtime/forward/weights';
import { rowRuns, type ScoredBatch } from './batches';
import { copyRows, HeadLosses } from './headLosses';
import type { RowLosses } from './reduction';

/** GPU bytes that the baseline's scored states may occupy. States that do not fit are computed again for every codec. */
const CACHE_BYTES = 256 << 20;

/** What every evaluator needs, whatever its task. */
export interface EvaluatorInput {
  gpu: Gpu;
  shape: ModelShape;
  /** Float32 weights to compare with; they stay the caller's and must outlive the evaluator. */
  baseline: WeightsByName;
  /** `all` adds the divergence KL(baseline ‖ codec). */
  metrics: 'perplexity' | 'all';
  /** GPU bytes for the baseline's states. */
  cacheBytes?: number;
}

/** How much one evaluation runs through the model. */
export interface WorkUnits {
  /** Windows or images. */
  sequences: number;
  /** Tokens of each. */
  length: number;
}

/** A task laid out for the GPU, and how its result is read from the losses. */
export interface EvaluationTask<Result> extends EvaluatorInput {
  units: WorkUnits;
  batches: readonly ScoredBatch[];
  /** Sequences of one batch, and the tokens of each (0 for images). */
  sequences: number;
  length: number;
  /** Names scored row i in an error, e.g. "window 12". */
  nameRow(row: number): string;
  summarise(run: EvaluationRun): Result;
}

/** How one measurement is named, stopped and followed. */
export interface RunControl {
  /** The codec as errors name it. */
  label: string;
  signal?: AbortSignal;
  /** Windows or images done, of all. */
  onProgress?: (done: number, total: number) => void;
}

interface ScoreRun {
  /** Losses of every scored row, in the order of the batches. */
  scores: RowLosses;
  /**
   * Sequences per second of the forward pass without head, for each batch but the first, which warms up, unless it is
   * the only one.
   */
  sequencesPerSecond: number[];
}

/** The losses of some weights beside those of the baseline. */
export interface EvaluationRun extends ScoreRun {
  baseline: RowLosses;
}

/**
 * Measures many weights of one model on the same batches, of text (`textEvaluator`) or images (`imageEvaluator`). The
 * baseline runs first. Its losses and arg-maxima stay on the host, and for the divergence its scored final states stay
 * on the GPU (one row of the model's width per token instead of one logit per vocabulary entry), so that a codec costs
 * one forward pass and two heads. Windows as the outer loop would save no more and would hold all models at once; here
 * two are held, and each codec finishes early.
 */
export class Evaluator<Result> {
  readonly units: WorkUnits;
  private readonly task: EvaluationTask<Result>;
  private readonly rows: number;
  private readonly cache: BufferScope;
  private readonly cached = new Map<ScoredBatch, ActivationView>();
  private cacheLeft: number;
  private baselineScores: RowLosses | undefined;

  /** Runs nothing yet. */
  constructor(task: EvaluationTask<Result>) {
    this.task = task;
    this.units = task.units;
    this.cache = task.gpu.buffers.scope();
    this.cacheLeft = task.cacheBytes ?? CACHE_BYTES;
    this.rows = task.batches.reduce((sum, { targets }) => sum + targets.length, 0);
  }

  /** Measures the baseline against itself and keeps its losses, which codecs are compared with. */
  async measureBaseline(control: RunControl): Promise<Result> {
    const run = await this.scoreBaseline(control);
    return this.task.summarise({ ...run, baseline: run.scores });
  }

  /**
   * Measures one codec's weights, which stay the caller's; the baseline runs first if it has not.
   * @throws LabError not-finite naming the codec and the window or image; device-lost; Cancelled
   */
  async measure(weights: WeightsByName, control: RunControl): Promise<Result> {
    const { signal } = control;
    const baseline = this.baselineScores ?? (await this.scoreBaseline({ label: 'baseline', signal })).scores;
    const run = await this.score({ ...this.task, weights, against: this.divergence, control });
    return this.task.summarise({ ...run, baseline });
  }

  /**
   * Losses of the first batch alone, so that two forms of the same weights can be compared row by row.
   * @throws LabError not-finite; Cancelled
   */
  async firstLosses(weights: WeightsByName, control: RunControl): Promise<Float64Array> {
    const batches = this.task.batches.slice(0, 1);
    const job = { ...this.task, metrics: 'perplexity', batches, weights, against: false, control } as const;
    const { scores } = await this.score(job);
    return scores.nll.subarray(0, batches[0].targets.length);
  }

  /** Runs the baseline's first batch, for timing. @returns the sequences of the batch */
  async probe(control: RunControl): Promise<number> {
    await this.firstLosses(this.task.baseline, control);
    return this.task.sequences;
  }

  dispose(): void {
    this.cache.dispose();
    this.cached.clear();
  }

  private get divergence(): boolean {
    return this.task.metrics === 'all';
  }

  private async scoreBaseline(control: RunControl): Promise<ScoreRun> {
    const run = await this.score({ ...this.task, weights: this.task.baseline, against: false, control });
    if (this.divergence) run.scores.kl = new Float64Array(this.rows);
    this.baselineScores = run.scores;
    return run;
  }

  private async score(job: Job): Promise<ScoreRun> {
    const passes = new Passes(job, this.cached);
    const scores = emptyScores(this.rows, job.against);
    const rates: number[] = [];
    let [row, done] = [0, 0];
    const total = job.batches.reduce((sum, { items }) => sum + items, 0);
    try {
      for (const batch of job.batches) {
        rates.push(await passes.forward(batch));
        if (job.metrics === 'all' && job.weights === job.baseline)
          await this.keepStates(batch, await passes.states());
        for await (const losses of passes.losses(batch)) row = this.keep(scores, losses, row, job);
        job.control.onProgress?.((done += batch.items), total);
      }
    } finally {
      await passes.dispose();
    }
    return { scores, sequencesPerSecond: rates.length > 1 ? rates.slice(1) : rates };
  }

  private async keepStates(batch: ScoredBatch, states: ActivationView): Promise<void> {
    const { gpu } = this.task;
    const { width } = states;
    const bytes = 4 * batch.targets.length * width;
    if (this.cached.has(batch) || bytes > Math.min(this.cacheLeft, gpu.device.limits.maxBufferSize)) return;
    const buffer = this.cache.allocate(bytes, 'baseline states');
    const view = { buffer, stride: width, column: 0, width };
    const runs = rowRuns(batch.segments, 0, batch.targets.length);
    await gpu.stream.run(runs.flatMap((run) => copyRows(states, view, run)));
    this.cacheLeft -= bytes;
    this.cached.set(batch, view);
  }

  private keep(scores: RowLosses, losses: RowLosses, row: number, { control }: Job): number {
    const bad = losses.nll.findIndex((v, i) => !Number.isFinite(v) || !Number.isFinite(losses.kl?.[i] ?? 0));
    if (bad >= 0) throw notFinite(control.label, this.task.nameRow(row + bad));
    scores.nll.set(losses.nll, row);
    scores.top.set(losses.top, row);
    if (losses.kl) scores.kl?.set(losses.kl, row);
    return row + losses.nll.length;
  }
}

interface Job extends Omit<EvaluationTask<unknown>, 'summarise'> {
  weights: WeightsByName;
  /** Compare with the baseline's distribution. */
  against: boolean;
  control: RunControl;
}

/** The recordings of one run, each made when it is first needed. */
class Passes {
  private readonly job: Job;
  private readonly cached: ReadonlyMap<ScoredBatch, ActivationView>;
  private own: Promise<Forward> | undefined;
  private base: Promise<Forward> | undefined;
  private head: Promise<HeadLosses> | undefined;

  constructor(job: Job, cached: ReadonlyMap<ScoredBatch, ActivationView>) {
    this.job = job;
    this.cached = cached;
  }

  /** Runs the codec's forward pass. @returns sequences per second */
  async forward(batch: ScoredBatch): Promise<number> {
    const { gpu, sequences, control } = this.job;
    const forward = await (this.own ??= this.recordForward(this.job.weights));
    const input = await batch.input();
    await gpu.stream.idle(control.signal);
    const begun = performance.now();
    await forward.run(input, control.signal);
    await gpu.stream.idle(control.signal);
    // A coarse clock may show no time at all for a tiny model.
    return (1000 * sequences) / Math.max(performance.now() - begun, 1e-3);
  }

  /** The codec's states of the last forward pass. */
  async states(): Promise<ActivationView> {
    return (await (this.own ??= this.recordForward(this.job.weights))).hidden;
  }

  /** Computes the losses of the batch's scored rows, one head pass at a time. */
  async *losses(batch: ScoredBatch): AsyncGenerator<RowLosses> {
    const head = await (this.head ??= this.recordHead());
    const own = await this.states();
    const kept = this.cached.get(batch);
    const recomputed = this.job.against && !kept ? await this.recompute(batch) : undefined;
    for (let first = 0; first < batch.targets.length; first += head.rows) {
      const targets = batch.targets.subarray(first, first + head.rows);
      const runs = rowRuns(batch.segments, first, targets.length);
      const copies: CopyCommand[] = runs.flatMap((run) => copyRows(own, head.hidden, run));
      if (head.baselineHidden) {
        const { baselineHidden } = head;
        const packed = { source: first, target: 0, rows: targets.length };
        if (kept) copies.push(...copyRows(kept, baselineHidden, packed));
        else if (recomputed) copies.push(...runs.flatMap((run) => copyRows(recomputed, baselineHidden, run)));
      }
      yield await head.run(copies, targets, this.job.control.signal);
    }
  }

  async dispose(): Promise<void> {
    const made = await Promise.allSettled([this.own, this.base, this.head]);
    for (const recording of made) if (recording.status === 'fulfilled') recording.value?.dispose();
  }

  private async recompute(batch: ScoredBatch): Promise<ActivationView> {
    const forward = await (this.base ??= this.recordForward(this.job.baseline));
    await forward.run(await batch.input(), this.job.control.signal);
    return forward.hidden;
  }

  private recordForward(weights: WeightsByName): Promise<Forward> {
    const { gpu, shape, sequences, length, control } = this.job;
    return Forward.create(gpu, shape, weights, { sequences, length, signal: control.signal });
  }

  private recordHead(): Promise<HeadLosses> {
    const { gpu, shape, weights, baseline, against, batches } = this.job;
    const sizes = batches.map(({ targets }) => targets.length).sort((a, b) => a - b);
    const rows = HeadLosses.rowsFor(gpu, shape, sizes[Math.floor(sizes.length / 2)]);
    return HeadLosses.create(gpu, { shape, rows, codec: weights, ...(against && { baseline }) });
  }
}

function emptyScores(rows: number, divergence: boolean): RowLosses {
  return {
    nll: new Float64Array(rows),
    top: new Uint32Array(rows),
    ...(divergence && { kl: new Float64Array(rows) }),
  };
}

function notFinite(label: string, where: string): LabError {
  return new LabError(
    'not-finite',
    `${label}: the loss of ${where} is not a finite number: its weights or activations overflow float32.`,
    'Choose more bits or a smaller group, or leave this codec out.',
  );
}
