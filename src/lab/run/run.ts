import { Cancelled, describeError, throwIfAborted } from '../../base/errors';
import type { CodecSpec } from '../../codecs/contract/meta';
import { needsBase, needsCalibration } from '../../codecs/contract/registry';
import { formatCodec } from '../../codecs/contract/spec';
import { recordEncoding } from '../estimate/encodeSpeed';
import { estimateTime, type CodecTime, type TimeEstimate } from '../estimate/time';
import type { TrialCaches } from '../calibration/calibrator';
import type { LabEvent, Progress } from './events';
import { searchProcessor } from '../devices';
import type { Lab } from '../lab';
import { EventQueue } from './eventQueue';
import { measureBaseline, measureCodec, type CodecTask } from './measure';
import { OpponentSearch } from './opponent';
import type { Plan } from '../plan/plan';
import { ProgressEstimator } from './progress';
import { fileBytes, type LabRecord } from '../results/record';
import { fileSpelling, isOfFile } from '../results/fileCodec';
import { measureFile, openFile, type FileTask } from './file';
import { runKey, type KeyContext } from '../results/runKey';
import { PlanSession } from './session';
import { MemoryRecordStore, type RecordStore } from '../results/store';
import { verdictAgainst, verdictIsOpponent, verdictWithoutOpponent } from '../results/verdict';

export interface RunOptions {
  signal?: AbortSignal;
  /** Receives finished records at once. A record with an equal run key found here is not measured again. */
  store?: RecordStore;
  /** Chooses further codecs after the plan's, each by what was measured. */
  search?: CodecSearch;
  /** Trials of an earlier run with the same model, seed and calibration, which are not repeated. Trials of this run are added. */
  trialCaches?: TrialCaches;
}

/** Chooses what a run measures next. */
export interface CodecSearch {
  /** Approximate number of measurements, for progress. */
  expected: number;
  /** Returns the next codec, or undefined when the search is over. @param records by codec spelling */
  next(records: ReadonlyMap<string, LabRecord>): CodecSpec | undefined;
}

/**
 * Runs one plan: baseline, every codec, then the opponents and verdicts. Yields events as they happen. A failing codec
 * is reported and the others go on. Nothing stays allocated on the GPU afterwards, however it ends.
 * @throws LabError when the plan cannot run at all (model or data missing, device lost)
 */
export async function* runPlan(lab: Lab, plan: Plan, options: RunOptions = {}): AsyncGenerator<LabEvent> {
  const run = new Run(lab, plan, options);
  try {
    yield* run.events();
    yield { type: 'done', status: 'complete' };
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    yield { type: 'done', status: 'stopped' };
  } finally {
    run.dispose();
  }
}

class Run {
  private readonly lab: Lab;
  private readonly plan: Plan;
  private readonly signal?: AbortSignal;
  private readonly store: RecordStore;
  private readonly queue = new EventQueue<LabEvent>();
  private readonly records = new Map<string, LabRecord>();
  private readonly options: RunOptions;
  private session: PlanSession | undefined;
  private meter = new ProgressEstimator(1);
  private pieces!: TimeEstimate;

  constructor(lab: Lab, plan: Plan, options: RunOptions) {
    this.lab = lab;
    this.plan = plan;
    this.options = options;
    this.signal = options.signal;
    this.store = options.store ?? new MemoryRecordStore();
  }

  async *events(): AsyncGenerator<LabEvent> {
    const session = yield* this.open();
    yield* this.baseline(session);
    for (const spec of this.plan.codecs) yield* this.attempt(session, spec, 'codec');
    for (const name of this.plan.files ?? []) yield* this.attemptFile(session, name);
    yield* this.searched(session);
    if (this.plan.verdict) yield* this.verdicts(session);
  }

  dispose(): void {
    this.session?.dispose();
  }

  private async *open(): AsyncGenerator<LabEvent, PlanSession> {
    const opening = PlanSession.open(
      this.lab,
      this.plan,
      this.signal,
      (step) => this.say(step),
      this.options.trialCaches,
    );
    const session = yield* this.queue.during(opening);
    this.session = session;
    const { model, evaluator, deviceSpeed } = session;
    this.pieces = await estimateTime(
      model.shape,
      this.plan,
      evaluator.units,
      deviceSpeed,
      session.tasks?.tokens,
    );
    const found = (this.options.search?.expected ?? 0) * this.searchedPiece.total;
    this.meter = new ProgressEstimator(this.pieces.total + found);
    yield {
      type: 'started',
      plan: this.plan,
      estimateMs: this.pieces.total + found,
      codecs: this.plan.codecs.length,
    };
    return session;
  }

  private async *baseline(session: PlanSession): AsyncGenerator<LabEvent> {
    const key = await runKey(this.keyContext(session), 'baseline');
    const answersKey = await this.answersKey(session, 'baseline');
    // Even a known baseline is evaluated: paired statistics need its token losses on this device.
    const { baseline } = this.pieces;
    const task = { key, answersKey, latencyShare: this.latencyShare(baseline) };
    const work = measureBaseline(session, task, this.signal, (step, within) =>
      this.say(`float32 baseline: ${step}`, baseline, within),
    );
    const measured = yield* this.queue.during(work);
    this.meter.finish(baseline);
    yield* this.keep(measured.record, (await this.store.find(key))?.id);
  }

  /** Measures one codec, or takes its stored record; a failure is reported and does not end the run. */
  private async *attempt(
    session: PlanSession,
    spec: CodecSpec,
    role: CodecTask['role'],
  ): AsyncGenerator<LabEvent> {
    const name = formatCodec(spec);
    try {
      const data = needsCalibration(spec) ? await session.calibrator.data() : undefined;
      const base = needsBase(spec) ? session.base : undefined;
      const sums = {
        ...(data && { calibrationSha256: data.sha256 }),
        ...(base && { baseSha256: base.sha256 }),
      };
      const key = await runKey({ ...this.keyContext(session), ...sums }, spec);
      const answersKey = await this.answersKey(session, spec, sums);
      const known = await this.store.find(key);
      const record = known ?? (yield* this.measure(session, { spec, role, key, answersKey }));
      this.meter.finish(this.pieceOf(spec).total);
      // A stored opponent that this plan names becomes one of its codecs; a stored codec remains one as an opponent.
      yield* this.keep(role === 'codec' ? { ...record, role } : record);
    } catch (error) {
      if (error instanceof Cancelled || isFatal(error)) throw error;
      this.meter.finish(this.pieceOf(spec).total);
      yield { type: 'failed', codec: name, ...describeError(error) };
    }
  }

  /** Measures a file of others, or takes its stored record; a failure is reported and does not end the run. */
  private async *attemptFile(session: PlanSession, name: string): AsyncGenerator<LabEvent> {
    const spelling = fileSpelling(name.split(/[\\/]/).pop()!);
    const { total } = this.pieces.file;
    try {
      this.say(`${spelling}: opening`, total);
      const file = yield* this.queue.during(openFile(session, name, this.signal));
      const { id, sha256 } = file.model;
      const key = await runKey(this.keyContext(session), { name: id, sha256 });
      const answersKey = await this.answersKey(session, { name: id, sha256 });
      const known = await this.store.find(key);
      yield* this.keep(known ?? (yield* this.measureFile(session, { file, key, answersKey })));
    } catch (error) {
      if (error instanceof Cancelled || isFatal(error)) throw error;
      yield { type: 'failed', codec: spelling, ...describeError(error) };
    }
    this.meter.finish(total);
  }

  private async *measureFile(session: PlanSession, task: FileTask): AsyncGenerator<LabEvent, LabRecord> {
    const { total } = this.pieces.file;
    const timed = { ...task, latencyShare: this.latencyShare(total) };
    const work = measureFile(session, timed, this.signal, (step, within) =>
      this.say(`${fileSpelling(task.file.model.id)}: ${step}`, total, within),
    );
    return (yield* this.queue.during(work)).record;
  }

  private async *measure(
    session: PlanSession,
    task: Omit<CodecTask, 'compressShare' | 'latencyShare'>,
  ): AsyncGenerator<LabEvent, LabRecord> {
    const name = formatCodec(task.spec);
    const { total, compressShare, uncorrected } = this.pieceOf(task.spec);
    const shares = { compressShare, latencyShare: this.latencyShare(total) };
    const work = measureCodec(session, { ...task, ...shares }, this.signal, (step, within) =>
      this.say(`${name}: ${step}`, total, within),
    );
    const { record } = yield* this.queue.during(work);
    const { encodeMs = 0, decodeMs = 0, calibrateMs = 0 } = record.speed;
    recordEncoding(this.lab.processor, uncorrected, encodeMs + decodeMs + calibrateMs);
    return record;
  }

  /** Measures the codecs that a search chooses until it ends. */
  private async *searched(session: PlanSession): AsyncGenerator<LabEvent> {
    const { search } = this.options;
    for (let spec = search?.next(this.records); spec; spec = search?.next(this.records)) {
      throwIfAborted(this.signal);
      yield* this.attempt(session, spec, 'codec');
    }
  }

  /** The time of an opponent is part of the piece of its codec. */
  private pieceOf(spec: CodecSpec): CodecTime {
    const known = this.pieces.codecs.get(formatCodec(spec));
    return (
      known ?? (this.options.search ? this.searchedPiece : { total: 0, compressShare: 0.5, uncorrected: 0 })
    );
  }

  /** The time of a codec that a search measures. Its trials are cached, so that encoding takes about as long as evaluating. */
  private get searchedPiece(): CodecTime {
    const { baseline, latency } = this.pieces;
    return { total: 2 * baseline - latency, compressShare: 0.5, uncorrected: 0 };
  }

  /** The share of a piece in which single tokens are timed. The time of an opponent is not known. */
  private latencyShare(total: number): number {
    return total > 0 ? this.pieces.latency / total : 0;
  }

  private async *verdicts(session: PlanSession): AsyncGenerator<LabEvent> {
    const search = new OpponentSearch(searchProcessor(this.lab), session.model, this.plan);
    const files = [...this.records.values()].filter(isOfFile).map(({ codec }) => codec.spec);
    for (const name of [...this.plan.codecs.map(formatCodec), ...files]) {
      throwIfAborted(this.signal);
      const record = this.records.get(name);
      if (!record) continue;
      if (!record.verdict) yield* this.verdict(session, search, record);
      this.meter.finish(this.pieces.opponent);
    }
  }

  private async *verdict(
    session: PlanSession,
    search: OpponentSearch,
    record: LabRecord,
  ): AsyncGenerator<LabEvent> {
    const { spec } = record.codec;
    const finding = search.find(spec, fileBytes(record), this.signal, (candidate) =>
      this.say(`${spec}: looking for its opponent, ${candidate}`),
    );
    const opponent = yield* this.queue.during(finding);
    if (!opponent) yield* this.keep(verdictWithoutOpponent(record));
    else if (formatCodec(opponent) === spec) yield* this.keep(verdictIsOpponent(record));
    else yield* this.verdictAgainst(session, opponent, record);
  }

  /** Measures the opponent unless the plan did, and compares the record with it. */
  private async *verdictAgainst(
    session: PlanSession,
    opponent: CodecSpec,
    record: LabRecord,
  ): AsyncGenerator<LabEvent> {
    const name = formatCodec(opponent);
    if (!this.records.has(name)) yield* this.attempt(session, opponent, 'opponent');
    const rival = this.records.get(name);
    if (rival) yield* this.keep(verdictAgainst(record, rival));
  }

  /** Stores a record and yields it. A baseline measured again replaces the stored one under its id. */
  private async *keep(record: LabRecord, id = record.id): AsyncGenerator<LabEvent> {
    const kept = { ...record, id };
    if (kept.role !== 'baseline') this.records.set(kept.codec.spec, kept);
    await this.store.save(kept);
    await this.session?.tasks?.forget();
    yield { type: 'record', record: kept };
  }

  private say(step: string, cost = 0, within = 0): void {
    const progress: Progress = this.meter.report(step, cost, within);
    this.queue.push({ type: 'progress', progress });
  }

  /** The key of answers to tasks depends on no task, so that more examples are added to those that were asked. */
  private answersKey(
    session: PlanSession,
    codec: Parameters<typeof runKey>[1],
    sums: Pick<KeyContext, 'calibrationSha256' | 'baseSha256'> = {},
  ): Promise<string> {
    return runKey({ ...this.keyContext(session), tasks: undefined, ...sums }, codec);
  }

  private keyContext(session: PlanSession): KeyContext {
    const { adapter, runtime, cpuRuntime } = session.environment;
    return {
      model: session.model,
      plan: this.plan,
      dataSha256: session.data.datasetSha256,
      adapter,
      runtime,
      cpuRuntime,
      ...(session.tasks && { tasks: session.tasks.key }),
    };
  }
}

/** Whether no other codec can be measured after this failure. */
function isFatal(error: unknown): boolean {
  return ['device-lost', 'gpu'].includes(describeError(error).code);
}
