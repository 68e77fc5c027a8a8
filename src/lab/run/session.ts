import type { ArtefactSink, StoredArtefact } from '../../artefact/sink';
import { LabError } from '../../base/errors';
import { bytes } from '../../base/format';
import { needsBase } from '../../codecs/contract/registry';
import type { Evaluator } from '../../evaluate/evaluator';
import { largestPart } from '../../evaluate/streamed/memory';
import type { Model } from '../../models/model';
import { forwardFlops, headFlops } from '../../models/flops';
import { isStreamed, type StreamedWeights } from '../../runtime/forward/streamedWeights';
import type { OwnedWeights } from '../../runtime/forward/weights';
import { Calibrator, type TrialCaches } from '../calibration/calibrator';
import { calibrationDevice, searchProcessor, sparesAdapter } from '../devices';
import { artefactSink } from '../floatModel';
import { measureOverheads, type DeviceSpeed } from '../estimate/deviceSpeed';
import { encodeCorrection, measureEncoding, measureSearch } from '../estimate/encodeSpeed';
import { adapterName, type Lab } from '../lab';
import type { Plan } from '../plan/plan';
import type { LabRecord, Training } from '../results/record';
import { cpuRunsParts, openBaseline } from './baseline';
import { TaskSession } from '../tasks/run/session';
import { openEvaluator, type MeasuredData, type OpenEvaluator, type PlanEvaluation } from './evaluator';

interface SessionInput {
  lab: Lab;
  plan: Plan;
  model: Model;
  /** The model of which codecs code the difference. */
  base?: Model;
  baseline: OwnedWeights | StreamedWeights;
  trialCaches?: TrialCaches;
  /** How the model was trained, if it is not the one the plan names. */
  training?: Training;
  tasks?: TaskSession;
}

/** A plan's model, data and baseline, for as long as the plan runs. */
export class PlanSession {
  readonly lab: Lab;
  readonly plan: Plan;
  readonly model: Model;
  readonly base?: Model;
  readonly environment: LabRecord['environment'];
  /** Speeds of this model's forward pass and head, from a timed batch, and of encoding, and the time of small steps. */
  readonly deviceSpeed: DeviceSpeed;
  readonly evaluator: Evaluator<PlanEvaluation>;
  readonly data: MeasuredData;
  readonly calibrator: Calibrator;
  readonly training?: Training;
  /** Absent if the plan names no tasks. */
  readonly tasks?: TaskSession;
  /** The float32 model, or streamed; not to be disposed of. */
  private readonly float: OwnedWeights | StreamedWeights;

  private constructor(input: SessionInput, { evaluator, data }: OpenEvaluator, deviceSpeed: DeviceSpeed) {
    const { lab, plan, model, base, baseline, training, trialCaches, tasks } = input;
    this.lab = lab;
    this.plan = plan;
    this.model = model;
    if (base) this.base = base;
    if (training) this.training = training;
    if (tasks) this.tasks = tasks;
    this.float = baseline;
    this.environment = environmentOf(lab);
    this.evaluator = evaluator;
    this.data = data;
    this.deviceSpeed = deviceSpeed;
    const { calibration, seed, protocol } = plan;
    const measured = { id: plan.data, sha256: data.datasetSha256 };
    const { scope, memory: memoryBytes = lab.memoryBytes } = plan;
    const context = protocol.context;
    const request = { lab, model, calibration, seed, context, measured, scope, memoryBytes };
    this.calibrator = new Calibrator(request, baseline, trialCaches);
  }

  /**
   * Loads model and data, uploads the baseline and times one batch.
   * @throws LabError for a model or data set of the plan that cannot be opened; Cancelled. Nothing stays allocated then.
   */
  static async open(
    lab: Lab,
    plan: Plan,
    signal?: AbortSignal,
    say: (step: string) => void = () => undefined,
    trialCaches?: TrialCaches,
  ): Promise<PlanSession> {
    say(`loading ${plan.model}`);
    const onProgress = (loaded: number, total?: number) =>
      say(`loading ${plan.model}, ${loadedText(loaded, total)}`);
    const model = await lab.openModel(plan.model, signal, onProgress);
    refuseQuantised(model);
    const base = await openBase(lab, plan, signal);
    refuseUnaddressable(lab, plan, model);
    if (plan.tasks) say(`tokenizing ${plan.tasks.join(', ')}`);
    const tasks = await TaskSession.open(lab, plan, model, signal);
    const baseline = await openBaseline(lab, plan, model, signal);
    if (isStreamed(baseline)) refuseLatency(plan);
    let opened: OpenEvaluator | undefined;
    try {
      say(model.shape.task === 'language-model' ? `tokenizing ${plan.data}` : `loading ${plan.data}`);
      opened = await openEvaluator({ lab, plan, model, baseline, signal });
      say('compiling shaders and timing one batch');
      const warmUps = isStreamed(baseline) ? 0 : 1;
      const flopsPerSecond = await timeBatch(lab, model, opened.evaluator, warmUps, signal);
      const overheads = await measureOverheads(lab, signal);
      const input = { lab, plan, model, base, baseline, trialCaches, tasks };
      const speeds = await engineSpeeds(lab, flopsPerSecond, overheads, signal);
      return new PlanSession(input, opened, speeds);
    } catch (error) {
      opened?.evaluator.dispose();
      disposeWhole(baseline);
      throw error;
    }
  }

  /**
   * Makes a session that evaluates another model of this shape, one that was trained further, against the same baseline. It
   * shares this session's resources and ends with it.
   */
  withModel(model: Model, training: Training, rest = this.plan.rest): PlanSession {
    const { lab, float: baseline, deviceSpeed } = this;
    const input = { lab, plan: { ...this.plan, rest }, model, baseline, training };
    return new PlanSession(input, this, deviceSpeed);
  }

  /** Whether the model is measured part by part. */
  get isInParts(): boolean {
    return isStreamed(this.float);
  }

  /** Makes what keeps an artefact while it is measured. */
  artefactSink(): ArtefactSink<StoredArtefact> {
    return artefactSink(this.lab, this.isInParts);
  }

  /** The float32 model, or streamed; not to be disposed of. */
  get floatWeights(): OwnedWeights | StreamedWeights {
    return this.float;
  }

  /** The float32 model; not to be disposed of. @throws LabError limit if it is streamed */
  get baseline(): OwnedWeights {
    if (!isStreamed(this.float)) return this.float;
    throw new LabError(
      'limit',
      `${this.model.id} does not fit the memory as a whole, which this needs.`,
      'Choose a smaller model.',
    );
  }

  dispose(): void {
    this.calibrator.dispose();
    this.evaluator.dispose();
    disposeWhole(this.float);
  }
}

/** Opens the base, if a codec of the plan codes the difference from it. */
async function openBase(
  lab: Lab,
  { codecs, base }: Plan,
  signal: AbortSignal | undefined,
): Promise<Model | undefined> {
  return base !== undefined && codecs.some(needsBase) ? lab.openModel(base, signal) : undefined;
}

/** Refuses a quantised checkpoint as the baseline, which records call float32. */
function refuseQuantised({ id, quantised }: Model): void {
  if (quantised === undefined) return;
  throw new LabError(
    'bad-plan',
    `${id} is quantised already (${quantised}), so it cannot be the float32 model that others are compared with.`,
    'Name the model that it was made from, and measure this one with --file.',
  );
}

/** Refuses a model of which the CPU's runtime cannot even address the largest part, if the CPU must measure it. */
function refuseUnaddressable(lab: Lab, plan: Plan, model: Model): void {
  const { gpu, cpu, cpuOnly } = lab;
  if (!cpu || (gpu && !cpuOnly) || cpuRunsParts(lab, plan, model)) return;
  const part = largestPart(model.shape, plan.metrics === 'all');
  throw new LabError(
    'limit',
    `The largest part of ${model.id} has ${bytes(part)} of float32 weights, and ${cpu.name} takes at most ${bytes(cpu.maxWeightBytes!)}: WebAssembly addresses 4 GiB in all.`,
    `${gpu ? 'Measure automatically or on the adapter' : 'Use a machine with an adapter'}, or use the command line, whose runtime has no such limit.`,
  );
}

/** Refuses to time single tokens or images of a model that is measured part by part, since it would read all weights for each. */
function refuseLatency({ model, latency }: Plan): void {
  if (latency === undefined) return;
  throw new LabError(
    'bad-plan',
    `${model} does not fit the memory as a whole, which timing single tokens or images needs.`,
    'Leave latency out, or allow more memory.',
  );
}

/** Makes the record's `environment`: adapter, runtime and version. */
function environmentOf(lab: Lab): LabRecord['environment'] {
  const { gpu } = lab;
  return {
    adapter: adapterName(gpu),
    features: Object.entries(gpu?.features ?? {})
      .filter(([, on]) => on)
      .map(([name]) => name),
    fallbackAdapter: gpu?.info.software ?? false,
    compute: lab.cpu ? 'cpu' : 'gpu',
    ...(lab.cpu && { cpuRuntime: lab.cpu.name }),
    ...(lab.selfCheck && { selfCheck: lab.selfCheck }),
    runtime: lab.runtime,
    version: __VERSION__,
    commit: __COMMIT__,
  };
}

/** Formats progress as "42 %", or as "1.5 MB" if the total is not known. */
function loadedText(loaded: number, total: number | undefined): string {
  return total === undefined ? bytes(loaded) : `${Math.floor((100 * loaded) / Math.max(total, 1))} %`;
}

/** Frees weights that are on the GPU as a whole. Of streamed ones nothing is there. */
function disposeWhole(weights: OwnedWeights | StreamedWeights): void {
  if (!isStreamed(weights)) weights.dispose();
}

/** Adds the speeds of encoding and calibration. What measures also encodes, unless the CPU measures. */
async function engineSpeeds(
  lab: Lab,
  flopsPerSecond: number,
  overheads: Pick<DeviceSpeed, 'dispatchMs' | 'waitMs'>,
  signal?: AbortSignal,
): Promise<DeviceSpeed> {
  const encoding = lab.cpu ? await measureEncoding(lab, overheads, signal) : flopsPerSecond;
  return {
    flopsPerSecond,
    calibrateFlopsPerSecond: calibrationDevice(lab).cpu ? flopsPerSecond : encoding,
    encodeFlopsPerSecond: encoding,
    encodesByReferences: !lab.gpu,
    ...(sparesAdapter(lab) && { searchFlopsPerSecond: await measureSearch(searchProcessor(lab), signal) }),
    encodeCorrection: encodeCorrection(lab.processor),
    ...overheads,
  };
}

/** Times one batch after some that warm up: the first compiles shaders. */
async function timeBatch(
  { gpu }: Lab,
  { shape }: Model,
  evaluator: Evaluator<PlanEvaluation>,
  warmUps: number,
  signal?: AbortSignal,
): Promise<number> {
  const control = { label: 'the float32 baseline', signal };
  for (let i = 0; i < warmUps; i++) await evaluator.probe(control);
  await gpu?.stream.idle(signal);
  const started = performance.now();
  const sequences = await evaluator.probe(control);
  await gpu?.stream.idle(signal);
  const seconds = Math.max(performance.now() - started, 0.1) / 1000;
  const { length } = evaluator.units;
  const rows = shape.task === 'language-model' ? sequences * length : sequences;
  return (forwardFlops(shape, sequences, length) + headFlops(shape, rows)) / seconds;
}
