import { memorySink } from '../../artefact/sink';
import { sha256Hex } from '../../base/checksum';
import { Cancelled, throwIfAborted } from '../../base/errors';
import type { CodecSpec } from '../../codecs/contract/meta';
import { parseCodec } from '../../codecs/contract/spec';
import type { ModelShape } from '../../models/architecture';
import type { Model } from '../../models/model';
import { gpuWeights, type WeightValues } from '../../runtime/forward/weights';
import type { Checkpoint } from '../../train/checkpoint';
import type { TrainOptions } from '../../train/options';
import type { BatchSource } from '../../train/sampler';
import { Trainer } from '../../train/trainer';
import { compressModel } from '../artefacts/compress';
import { requireGpu, type GpuLab, type Lab } from '../lab';
import { EventQueue } from '../run/eventQueue';
import { evaluateBaseline, measureBaseline, measureCodec } from '../run/measure';
import type { Plan } from '../plan/plan';
import type { LabRecord, Training } from '../results/record';
import { runKey } from '../results/runKey';
import { PlanSession } from '../run/session';
import { MemoryRecordStore, type RecordStore } from '../results/store';
import { trainedCodec } from './build';
import { artefactLatency, batchLatency } from './latency';
import { openTrainingData } from './data';
import { headData } from './headData';
import { drawnModel, withNewHead, withValues } from './model';
import { trainingOf } from './record';
import type { TrainResultKind, TrainEvent, TrainResult } from './events';
import type { TrainStage, TrainPlan } from './plan';

export interface TrainRunOptions {
  signal?: AbortSignal;
  /** Receives finished records at once. A record with an equal run key found here is not measured again. */
  store?: RecordStore;
  /** Checkpoints of stages to resume. A finished stage is not trained again. */
  resume?: ReadonlyMap<TrainStage, Checkpoint>;
  /** Steps between checkpoints. */
  checkpointEvery?: number;
}

const CHECKPOINT_EVERY = 50;
type Found = Omit<TrainResult, 'kind'>;

/** Share of the time that encoding and restoring take before the evaluation. */
const COMPRESS_SHARE = 0.3;

/**
 * Runs a training plan: measures the float32 model and its rounding without training, trains, and measures the trained
 * weights from the bytes of their artefact, always against the float32 model. Nothing stays allocated on the GPU
 * afterwards, however it ends.
 * @throws LabError no-webgpu without an adapter, and when a model or data set cannot be opened or a step fails; a stopped run ends with `done` after a
 * last checkpoint
 */
export async function* runTraining(
  lab: Lab,
  plan: TrainPlan,
  options: TrainRunOptions = {},
): AsyncGenerator<TrainEvent> {
  const run = new TrainingRun({ ...lab, gpu: requireGpu(lab, 'Training') }, plan, options);
  try {
    yield { type: 'started', plan };
    yield* run.events();
    yield { type: 'done', status: 'complete' };
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    yield { type: 'done', status: 'stopped' };
  } finally {
    run.dispose();
  }
}

class TrainingRun {
  private readonly lab: GpuLab;
  private readonly plan: TrainPlan;
  private readonly options: TrainRunOptions;
  private readonly store: RecordStore;
  private readonly queue = new EventQueue<TrainEvent>();
  private session: PlanSession | undefined;
  /** How the baseline was trained, if this run trained it. */
  private origin: Training | undefined;
  /** Whether this session has the baseline's losses, which every other measurement is paired with. */
  private isPaired = false;

  constructor(lab: GpuLab, plan: TrainPlan, options: TrainRunOptions) {
    const { head, measure } = plan;
    const openModel: Lab['openModel'] = async (...request) => {
      const model = await lab.openModel(...request);
      return head === undefined ? model : withNewHead(model, headData(head), measure.seed);
    };
    this.lab = { ...lab, openModel };
    this.plan = plan;
    this.options = options;
    this.store = options.store ?? new MemoryRecordStore();
  }

  async *events(): AsyncGenerator<TrainEvent> {
    const { stages, measure } = this.plan;
    let session = yield* this.open(this.lab);
    const data = await this.openData(session);
    for (const stage of ['fresh', 'head'] as const) {
      const options = stages[stage];
      if (options) session = yield* this.first(session, stage, options, data);
    }
    yield* this.keep('baseline', yield* this.baseline(session));
    for (const spec of measure.codecs) yield* this.keep('ptq', yield* this.found(session, spec));
    if (stages.qat) yield* this.stage(session, 'qat', stages.qat, data);
    if (stages.control) yield* this.stage(session, 'control', stages.control, data);
  }

  dispose(): void {
    this.session?.dispose();
  }

  private async *open(lab: Lab): AsyncGenerator<TrainEvent, PlanSession> {
    const opening = PlanSession.open(lab, this.plan.measure, this.options.signal, (step) =>
      this.say(step, 0),
    );
    return (this.session = yield* this.queue.during(opening));
  }

  private openData({ model, data }: PlanSession): Promise<BatchSource> {
    const { lab, plan } = this;
    const { signal } = this.options;
    return openTrainingData({ lab, plan, model, evaluationSha256: data.datasetSha256, signal });
  }

  /** Trains from drawn weights, all or those of the classifier. The result is the baseline of the later stages. */
  private async *first(
    opened: PlanSession,
    stage: 'fresh' | 'head',
    options: TrainOptions,
    data: BatchSource,
  ): AsyncGenerator<TrainEvent, PlanSession> {
    const begun = stage === 'fresh' ? await drawnModel(opened.model, options.seed) : opened.model;
    const model = await withValues(begun, yield* this.train(stage, begun, options, data));
    this.origin = trainingOf(stage, options, data, begun.sha256);
    opened.dispose();
    this.session = undefined;
    return yield* this.open({ ...this.lab, openModel: async () => model });
  }

  private async *stage(
    session: PlanSession,
    stage: 'qat' | 'control',
    options: TrainOptions,
    data: BatchSource,
  ): AsyncGenerator<TrainEvent> {
    const { model } = session;
    const trained = await withValues(model, yield* this.train(stage, model, options, data));
    const training = trainingOf(stage, options, data, model.sha256);
    // The result of float32 training is measured in float32 throughout.
    const rest = stage === 'control' ? 'float32' : session.plan.rest;
    const spec = options.qat ? trainedCodec(options.qat) : parseCodec('float32');
    yield* this.keep(stage, yield* this.found(session.withModel(trained, training, rest), spec));
  }

  private async *train(
    stage: TrainStage,
    model: Model,
    options: TrainOptions,
    data: BatchSource,
  ): AsyncGenerator<TrainEvent, ReadonlyMap<string, Float32Array>> {
    const { signal, resume, checkpointEvery = CHECKPOINT_EVERY } = this.options;
    this.say(`preparing ${stage}`, 0);
    const creating = Trainer.create(this.lab.gpu, model, data, options, {
      resume: resume?.get(stage),
      signal,
    });
    const trainer = yield* this.queue.during(creating);
    let saved = trainer.step;
    const save = async (): Promise<TrainEvent> => {
      saved = trainer.step;
      return { type: 'checkpoint', stage, step: saved, checkpoint: await trainer.checkpoint() };
    };
    try {
      while (trainer.step < options.steps) {
        yield { type: 'step', stage, report: await trainer.next(signal), steps: options.steps };
        if (trainer.step % checkpointEvery === 0 || trainer.step === options.steps) yield await save();
      }
      return await trainer.values();
    } catch (error) {
      if (error instanceof Cancelled && trainer.step > saved) yield await save();
      throw error;
    } finally {
      trainer.dispose();
    }
  }

  private async *baseline(session: PlanSession): AsyncGenerator<TrainEvent, Found> {
    const key = await this.key(session, 'baseline');
    const record = (await this.store.find(key)) ?? (yield* this.measuredBaseline(session, key));
    const latency = await this.latency(session.model.shape, session.baseline);
    if (!this.origin) return { record, ...latency };
    const artefact = yield* this.file(session, parseCodec('float32'), 'float32');
    return { record: { ...record, training: this.origin }, artefact, ...latency };
  }

  private async *measuredBaseline(session: PlanSession, key: string): AsyncGenerator<TrainEvent, LabRecord> {
    const { signal } = this.options;
    const work = measureBaseline(session, { key }, signal, (_, within) => this.sayBaseline(within));
    const { record } = yield* this.queue.during(work);
    this.isPaired = true;
    return record;
  }

  /** Returns the stored record of a codec on these weights, with its file, or measures it. */
  private async *found(session: PlanSession, spec: CodecSpec): AsyncGenerator<TrainEvent, Found> {
    throwIfAborted(this.options.signal);
    const key = await this.key(session, spec);
    const known = await this.store.find(key);
    const recalled = known && (yield* this.recalled(session, spec, known));
    return recalled ?? (yield* this.measured(session, spec, key));
  }

  /** Makes the file of a stored record again. @returns undefined if it differs from the one that was measured */
  private async *recalled(
    session: PlanSession,
    spec: CodecSpec,
    record: LabRecord,
  ): AsyncGenerator<TrainEvent, Found | undefined> {
    const { model, plan } = session;
    const { signal } = this.options;
    const bytes = yield* this.file(session, spec, plan.rest);
    if ((await sha256Hex(bytes)) !== record.artefactSha256) return undefined;
    const latency = model.shape.image && (await artefactLatency(this.lab.gpu, bytes, signal));
    return { record, artefact: bytes, ...(latency && { latency }) };
  }

  /** Makes the file that a codec stores the weights in. */
  private async *file(
    { model, plan }: PlanSession,
    spec: CodecSpec,
    rest: Plan['rest'],
  ): AsyncGenerator<TrainEvent, Uint8Array> {
    const { scope, seed, protocol } = plan;
    const settings = { seed, calibration: null, context: protocol.context, signal: this.options.signal };
    const onProgress = (within: number) => this.say('making the file', within);
    const recipe = { spec, scope, rest };
    const making = compressModel(this.lab, model, recipe, { ...settings, onProgress }, memorySink());
    return (yield* this.queue.during(making)).file;
  }

  private async *measured(
    session: PlanSession,
    spec: CodecSpec,
    key: string,
  ): AsyncGenerator<TrainEvent, Found> {
    const { signal } = this.options;
    if (!this.isPaired) {
      const pairing = evaluateBaseline(this.session!, signal, (within) => this.sayBaseline(within));
      yield* this.queue.during(pairing);
      this.isPaired = true;
    }
    let latency: Pick<Found, 'latency'> = {};
    const alongside = async (weights: WeightValues): Promise<void> => {
      latency = await this.latency(session.model.shape, weights);
    };
    const task = { spec, role: 'codec', key, compressShare: COMPRESS_SHARE, alongside } as const;
    const say = (step: string, fraction: number) => this.say(step, fraction);
    const found = yield* this.queue.during(measureCodec(session, task, signal, say));
    return { ...found, ...latency };
  }

  /** Measures the latency of an image model; returns nothing for other models. */
  private async latency(shape: ModelShape, weights: WeightValues): Promise<Pick<Found, 'latency'>> {
    if (!shape.image) return {};
    return { latency: await batchLatency(this.lab.gpu, shape, gpuWeights(weights), this.options.signal) };
  }

  private async *keep(kind: TrainResultKind, found: Found): AsyncGenerator<TrainEvent> {
    await this.store.save(found.record);
    yield { type: 'record', kind, ...found };
  }

  private key(
    { model, plan, data, environment }: PlanSession,
    spec: CodecSpec | 'baseline',
  ): Promise<string> {
    const { adapter, runtime } = environment;
    return runKey({ model, plan, dataSha256: data.datasetSha256, adapter, runtime }, spec);
  }

  private sayBaseline(fraction: number): void {
    this.say('measuring the float32 model', fraction);
  }

  private say(step: string, fraction: number): void {
    this.queue.push({ type: 'progress', step, fraction });
  }
}
