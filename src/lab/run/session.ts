import type { Gpu } from '../../gpu/gpu';
import type { Model } from '../../models/model';
import { forwardFlops, headFlops } from '../../models/cost';
import { denseWeights, type ModelWeights } from '../../runtime/forward/weights';
import { Calibrator, type TrialCaches } from '../calibration/calibrator';
import { environmentOf } from './environment';
import type { WorkUnits } from '../estimate/time';
import type { Evaluation, EvaluationInput, PlanEvaluation } from './evaluation';
import { imageEvaluation } from './imageEvaluation';
import type { Lab } from '../lab';
import { measureOverheads, type DeviceSpeed } from '../estimate/deviceSpeed';
import type { Plan } from '../plan/plan';
import type { LabRecord, Training } from '../results/record';
import { textEvaluation } from './textEvaluation';

/** A plan's model, data and baseline on the GPU, for as long as the plan runs. */
export class PlanSession {
  readonly lab: Lab;
  readonly plan: Plan;
  readonly model: Model;
  readonly environment: LabRecord['environment'];
  /** Speed of this model's forward pass and head here, by a timed batch, and what small steps cost. */
  readonly deviceSpeed: DeviceSpeed;
  readonly calibrator: Calibrator;
  readonly training?: Training;
  /** The float32 model on the GPU; not to be disposed of. */
  readonly baseline: ModelWeights;
  private readonly evaluation: PlanEvaluation;

  private constructor(input: EvaluationInput, evaluation: PlanEvaluation, deviceSpeed: DeviceSpeed) {
    this.lab = input.lab;
    this.plan = input.plan;
    this.model = input.model;
    if (input.training) this.training = input.training;
    this.baseline = input.baseline;
    this.environment = environmentOf(input.lab);
    this.evaluation = evaluation;
    this.deviceSpeed = deviceSpeed;
    const { lab, plan, model } = input;
    const { calibration, seed, protocol } = plan;
    const measured = { id: plan.data, sha256: evaluation.dataSha256 };
    this.calibrator = new Calibrator(
      { lab, model, calibration, seed, context: protocol.context, measured },
      input.baseline,
      input.trialCaches,
    );
  }

  /**
   * Loads model and data, uploads the baseline and times one batch.
   * @throws LabError for anything the plan names that cannot be had; Cancelled. Nothing stays allocated then.
   */
  static async open(
    lab: Lab,
    plan: Plan,
    signal?: AbortSignal,
    say: (step: string) => void = () => undefined,
    trialCaches?: TrialCaches,
  ): Promise<PlanSession> {
    say(`loading ${plan.model}`);
    const model = await lab.openModel(plan.model, signal);
    const baseline = await denseWeights(lab.gpu, model, signal);
    const input = { lab, plan, model, baseline, signal, ...(trialCaches && { trialCaches }) };
    let evaluation: PlanEvaluation | undefined;
    try {
      say(model.shape.task === 'language-model' ? `tokenizing ${plan.data}` : `loading ${plan.data}`);
      evaluation = await (model.shape.task === 'language-model'
        ? textEvaluation(input)
        : imageEvaluation(input));
      say('compiling shaders and timing one batch');
      const flopsPerSecond = await timeBatch(lab.gpu, model, evaluation, signal);
      const overheads = await measureOverheads(lab.gpu, signal);
      return new PlanSession(input, evaluation, { flopsPerSecond, ...overheads });
    } catch (error) {
      evaluation?.dispose();
      baseline.dispose();
      throw error;
    }
  }

  /**
   * The same evaluation against the same baseline, of another model of this shape: weights that were trained on. Belongs to this
   * session and ends with it.
   */
  of(model: Model, training: Training, rest = this.plan.rest): PlanSession {
    const { lab, baseline, evaluation, deviceSpeed } = this;
    return new PlanSession(
      { lab, plan: { ...this.plan, rest }, model, baseline, training },
      evaluation,
      deviceSpeed,
    );
  }

  get dataSha256(): string {
    return this.evaluation.dataSha256;
  }

  get units(): WorkUnits {
    return this.evaluation.units;
  }

  evaluateBaseline(signal: AbortSignal | undefined, within: (fraction: number) => void): Promise<Evaluation> {
    const onProgress = (done: number, total: number) => within(done / total);
    return this.evaluation.measureBaseline({ label: 'the float32 baseline', signal, onProgress });
  }

  evaluate(
    weights: ModelWeights,
    label: string,
    signal: AbortSignal | undefined,
    within: (fraction: number) => void,
  ): Promise<Evaluation> {
    return this.evaluation.measure(weights, {
      label,
      signal,
      onProgress: (done, total) => within(done / total),
    });
  }

  /** Largest per-token |ΔNLL| between two forms of the same weights over the first batch, in nats. */
  async largestDifference(
    a: ModelWeights,
    b: ModelWeights,
    signal?: AbortSignal,
  ): Promise<number | undefined> {
    const first = this.evaluation.firstLosses;
    if (!first) return undefined;
    const one = await first(a, { label: 'the dense path', signal });
    const other = await first(b, { label: 'the packed path', signal });
    return one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);
  }

  dispose(): void {
    this.calibrator.dispose();
    this.evaluation.dispose();
    this.baseline.dispose();
  }
}

/** Runs one batch twice: the first compiles shaders and is not timed. */
async function timeBatch(
  gpu: Gpu,
  { shape }: Model,
  evaluation: PlanEvaluation,
  signal?: AbortSignal,
): Promise<number> {
  const control = { label: 'the float32 baseline', signal };
  await evaluation.probe(control);
  await gpu.stream.idle(signal);
  const started = performance.now();
  const sequences = await evaluation.probe(control);
  await gpu.stream.idle(signal);
  const seconds = Math.max(performance.now() - started, 0.1) / 1000;
  const { length } = evaluation.units;
  const rows = shape.task === 'language-model' ? sequences * length : sequences;
  return (forwardFlops(shape, sequences, length) + headFlops(shape, rows)) / seconds;
}
