import { invariant, LabError } from '../base/errors';
import { bytes } from '../base/format';
import type { Gpu } from '../gpu/gpu';
import type { ModelShape } from '../models/architecture';
import type { OnnxRuntime } from '../onnx/runtime';
import { isStreamed, type StreamedWeights } from '../runtime/forward/streamedWeights';
import { isOnGpu, type WeightValues } from '../runtime/forward/weights';
import type { ScoredBatch } from './batches';
import type { CpuEngine } from './cpuEngine';
import type { BatchLayout, Compute, EvaluatedMetrics, LossJob, LossPasses } from './engine';
import { GpuEngine } from './gpuEngine';
import type { RowLosses } from './reduction';
import type { StreamedEngine } from './streamed/engine';
import { largestPart } from './streamed/memory';
import { emptyUncertainty, setUncertainty } from './uncertainty';

/** Weights in memory, or weights that are read when they are needed. */
export type MeasuredWeights = WeightValues | StreamedWeights;

/** What every evaluator needs, whatever its task. */
export interface EvaluatorInput {
  /** Absent where there is no adapter; then `cpu` computes. */
  gpu?: Gpu;
  shape: ModelShape;
  /**
   * Float32 weights to compare with; they stay the caller's and must outlive the evaluator. If they are streamed, all weights that
   * are measured must be.
   */
  baseline: MeasuredWeights;
  metrics: EvaluatedMetrics;
  /** Computes on the CPU instead. WeightValues on the GPU are read back. */
  cpu?: OnnxRuntime;
  /** Bytes for the baseline's states. */
  cacheBytes?: number;
  /** Bytes that measuring streamed weights may take, on the GPU, or in main memory if the CPU runs them. By default unlimited. */
  memoryBytes?: number;
}

/** How much one evaluation runs through the model. */
export interface WorkUnits {
  /** Windows or images. */
  sequences: number;
  /** Tokens of each. */
  length: number;
}

/** A task laid out in batches, and how its result is read from the losses. */
export interface EvaluationTask<Result> extends EvaluatorInput, BatchLayout<MeasuredWeights> {
  units: WorkUnits;
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
  /** The processor that ran the weights. */
  compute: Compute;
}

/** The losses of some weights beside those of the baseline. */
export interface EvaluationRun extends ScoreRun {
  baseline: RowLosses;
}

/**
 * Measures many weights of one model on the same batches, of text (`textEvaluator`) or images (`imageEvaluator`). The
 * baseline runs first. Its losses and arg-maxima are kept, and for the divergence its scored final states (one row of the
 * model's width per token instead of one logit per vocabulary entry), so that a codec costs one forward pass and two
 * heads. Windows as the outer loop would save no more and would hold all models at once; here two are held, and each
 * codec finishes early.
 */
export class Evaluator<Result> {
  readonly units: WorkUnits;
  private readonly task: EvaluationTask<Result>;
  private readonly rows: number;
  private readonly gpu: GpuEngine | undefined;
  private cpu: Promise<CpuEngine> | undefined;
  private streamed: Promise<StreamedEngine> | undefined;
  private baselineScores: RowLosses | undefined;

  /** Runs nothing yet. */
  constructor(task: EvaluationTask<Result>) {
    this.task = task;
    this.units = task.units;
    const { gpu, cacheBytes, baseline } = task;
    if (gpu && !isStreamed(baseline)) this.gpu = new GpuEngine(gpu, { ...task, baseline }, cacheBytes);
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
  async measure(weights: MeasuredWeights, control: RunControl): Promise<Result> {
    const { signal } = control;
    const baseline = this.baselineScores ?? (await this.scoreBaseline({ label: 'baseline', signal })).scores;
    const run = await this.score({ weights, withBaseline: this.divergence }, control);
    return this.task.summarise({ ...run, baseline });
  }

  /**
   * Losses of the first batch alone, so that two forms of the same weights can be compared row by row.
   * @throws LabError not-finite; Cancelled
   */
  async firstLosses(weights: MeasuredWeights, control: RunControl): Promise<Float64Array> {
    const batches = this.task.batches.slice(0, 1);
    const { scores } = await this.score({ weights, withBaseline: false, batches }, control);
    return scores.nll.subarray(0, batches[0].targets.length);
  }

  /**
   * Computes the losses of some weights batch by batch, without the baseline.
   * @throws LabError not-finite naming the row at fault; device-lost; Cancelled
   */
  async *lossesByBatch(weights: MeasuredWeights, control: RunControl): AsyncGenerator<RowLosses> {
    const { label, signal } = control;
    const { batches } = this.task;
    const { passes } = await this.open({ weights, withBaseline: false, batches, signal });
    const scores = emptyScores(this.rows, false, this.task.metrics);
    let row = 0;
    try {
      for (const batch of batches) {
        const first = row;
        await passes.forward(batch);
        for await (const losses of passes.losses(batch)) row = this.keep(scores, losses, row, label);
        yield {
          nll: scores.nll.subarray(first, row),
          top: scores.top.subarray(first, row),
          ...(scores.rank && { rank: scores.rank.subarray(first, row) }),
        };
      }
    } finally {
      await passes.dispose();
    }
  }

  /** Runs the baseline's first batch, for timing. Its states are kept. @returns the sequences of the batch */
  async probe(control: RunControl): Promise<number> {
    const { baseline: weights, batches, sequences } = this.task;
    const keepStates = this.divergence;
    await this.score({ weights, withBaseline: false, keepStates, batches: batches.slice(0, 1) }, control);
    return sequences;
  }

  dispose(): void {
    this.gpu?.dispose();
    for (const engine of [this.cpu, this.streamed])
      void engine?.then((opened) => opened.dispose()).catch(() => undefined);
  }

  /** Opens the passes of a job with the engine that runs its weights. */
  private async open(job: LossJob<MeasuredWeights>): Promise<OpenJob> {
    const { weights } = job;
    if (isStreamed(weights)) {
      const engine = await this.streamedEngine();
      return { compute: engine.compute, passes: engine.open({ ...job, weights }) };
    }
    const engine = await this.engineFor(weights);
    return { compute: engine.compute, passes: engine.open({ ...job, weights }) };
  }

  /** Chooses what runs weights that are in memory. @throws LabError limit if nothing can */
  private async engineFor(weights: WeightValues): Promise<GpuEngine | CpuEngine> {
    const { cpu: runtime, baseline, shape } = this.task;
    invariant(!isStreamed(baseline), 'the baseline is streamed, but the weights compared with it are not');
    const cpu = runtime && (await (this.cpu ??= this.openCpu(runtime, baseline)));
    if (cpu?.canRun()) return cpu;
    if (this.gpu && isOnGpu(weights)) return this.gpu;
    throw new LabError(
      'limit',
      `Without a WebGPU adapter the CPU runs the model, and ${runtime?.name ?? 'its runtime'} cannot address ${bytes(4 * shape.parameters)} of weights.`,
      'Choose a smaller model, use a machine with an adapter, or measure it with `npm run sweep`.',
    );
  }

  /** Loads the CPU's engine, which most visitors of the page do not need. */
  private async openCpu(runtime: OnnxRuntime, baseline: WeightValues): Promise<CpuEngine> {
    const { CpuEngine } = await import('./cpuEngine');
    return new CpuEngine(runtime, { ...this.task, baseline }, this.task.cacheBytes);
  }

  private streamedEngine(): Promise<StreamedEngine> {
    return (this.streamed ??= this.openStreamed());
  }

  /** Loads the engine of models that are larger than memory when one is measured. */
  private async openStreamed(): Promise<StreamedEngine> {
    const { cpu: runtime, shape } = this.task;
    const fits = largestPart(shape, this.divergence) <= (runtime?.maxWeightBytes ?? Infinity);
    const cpu = fits ? runtime : undefined;
    const { openStreamedEngine } = await import('./streamed/open');
    return openStreamedEngine({ ...this.task, baseline: this.task.baseline as StreamedWeights, cpu });
  }

  private get divergence(): boolean {
    return this.task.metrics === 'all';
  }

  private async scoreBaseline(control: RunControl): Promise<ScoreRun> {
    const keepStates = this.divergence;
    const run = await this.score({ weights: this.task.baseline, withBaseline: false, keepStates }, control);
    if (this.divergence) run.scores.kl = new Float64Array(this.rows);
    this.baselineScores = run.scores;
    return run;
  }

  private async score(run: ScoredWeights, { label, signal, onProgress }: RunControl): Promise<ScoreRun> {
    const { weights, withBaseline, keepStates = false, batches = this.task.batches } = run;
    const total = batches.reduce((sum, { items }) => sum + items, 0);
    let [row, done, reported] = [0, 0, 0];
    const report = (items: number) => onProgress?.((reported = Math.max(reported, items)), total);
    const job = { weights, withBaseline, batches, signal, onProgress: report };
    const { passes, compute } = await this.open(job);
    const scores = emptyScores(this.rows, withBaseline, this.task.metrics);
    const rates: number[] = [];
    try {
      for (const batch of batches) {
        rates.push(await passes.forward(batch));
        if (keepStates) await passes.keepStates(batch);
        for await (const losses of passes.losses(batch)) row = this.keep(scores, losses, row, label);
        report((done += batch.items));
      }
    } finally {
      await passes.dispose();
    }
    return { scores, sequencesPerSecond: rates.length > 1 ? rates.slice(1) : rates, compute };
  }

  private keep(scores: RowLosses, losses: RowLosses, row: number, label: string): number {
    const bad = losses.nll.findIndex((v, i) => !Number.isFinite(v) || !Number.isFinite(losses.kl?.[i] ?? 0));
    if (bad >= 0) throw notFinite(label, this.task.nameRow(row + bad));
    scores.nll.set(losses.nll, row);
    scores.top.set(losses.top, row);
    if (losses.kl) scores.kl?.set(losses.kl, row);
    if (losses.rank) scores.rank?.set(losses.rank, row);
    if (losses.uncertainty && scores.uncertainty) setUncertainty(scores.uncertainty, losses.uncertainty, row);
    return row + losses.nll.length;
  }
}

/** A job's passes, and the processor that runs them. */
interface OpenJob {
  passes: LossPasses;
  compute: Compute;
}

/** Weights to run, and how. */
interface ScoredWeights {
  weights: MeasuredWeights;
  /** Compares with the baseline's distribution. */
  withBaseline: boolean;
  /** Keeps the states as the baseline's. */
  keepStates?: boolean;
  /** By default all batches of the task. */
  batches?: readonly ScoredBatch[];
}

function emptyScores(rows: number, divergence: boolean, metrics: EvaluatedMetrics): RowLosses {
  return {
    nll: new Float64Array(rows),
    top: new Uint32Array(rows),
    ...(divergence && { kl: new Float64Array(rows) }),
    ...(metrics === 'uncertainty' && { uncertainty: emptyUncertainty(rows) }),
    ...(metrics === 'rank' && { rank: new Uint32Array(rows) }),
  };
}

function notFinite(label: string, where: string): LabError {
  return new LabError(
    'not-finite',
    `${label}: the loss of ${where} is not a finite number: its weights or activations overflow float32.`,
    'Choose more bits or a smaller group, or leave this codec out.',
  );
}
