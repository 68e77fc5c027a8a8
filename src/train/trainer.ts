import { LabError, throwIfAborted } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import { denseWeights, type ModelWeights, type TensorSource } from '../runtime/forward/weights';
import { AdamWStep, recordAdamW } from './adamw';
import {
  checkResume,
  parseCheckpoint,
  writeCheckpoint,
  type Checkpoint,
  type CheckpointHead,
  type TrainingState,
} from './checkpoint';
import { clipFactor, GradientNorm } from './clip';
import { GradientPass, type TrainingBatch, type Outcome } from './gradientPass';
import { microBatches } from './microBatches';
import { parseTrainOptions, type TrainOptions } from './options';
import { Parameters } from './parameters';
import { QuantiserStep } from './quantiser';
import type { BatchSource } from './sampler';
import { learningRateAt, thresholdAt } from './schedule';

export interface StepReport {
  /** Number of finished steps, including this one. */
  step: number;
  /** The minimised loss, with distillation (1 − w) · nll + w · T² · KL. Losses are means over the targets, in nats. */
  loss: number;
  nll: number;
  learningRate: number;
  /** Norm of all gradients together, before clipping. */
  gradientNorm: number;
  /** Number of targets with the largest logit. */
  correct: number;
  /** Number of targets. */
  count: number;
  milliseconds: number;
}

interface Parts {
  gpu: Gpu;
  scope: BufferScope;
  options: TrainOptions;
  data: BatchSource;
  model: CheckpointHead['model'];
  parameters: Parameters;
  pass: GradientPass;
  norm: GradientNorm;
  quantiserStep: QuantiserStep;
  adamwStep: AdamWStep;
  /** Rounds the weights and clears the gradients. */
  prepare: Recorder;
  /** Converts the gradients to those of the latent weights and computes their norm. */
  gather: Recorder;
  /** Updates the weights. */
  update: Recorder;
  /** Rounds the weights to nearest, as for evaluation. */
  evaluate: Recorder;
  teacher?: ModelWeights;
}

/**
 * Trains a model on the GPU, with or without rounding its weights to three values in the forward pass. Every tensor is
 * trained; `scope` says which are rounded. A step either completes or has no effect: after an abort, a loss that is not
 * finite, or a lost device the state is that of the previous step. Equal seeds, data and adapter give equal weights.
 */
export class Trainer {
  private readonly parts: Parts;
  private finished: number;
  /** Calls run one after the other, so that a checkpoint never contains half a step. */
  private queue: Promise<unknown> = Promise.resolve();
  /** The error of an update that failed halfway, after which the weights are not those of any step. */
  private failure: { error: unknown } | undefined;

  private constructor(parts: Parts, finished: number) {
    this.parts = parts;
    this.finished = finished;
  }

  /**
   * Uploads the weights and records the steps.
   * @param model the weights with which training begins; with distillation also those of the teacher
   * @param o.resume a checkpoint of the same model, data and options from which to resume
   * @throws LabError bad-plan, bad-file, limit, unsupported, not-finite, out-of-memory; Cancelled
   */
  static async create(
    gpu: Gpu,
    model: TensorSource,
    data: BatchSource,
    options: TrainOptions,
    { resume, signal }: { resume?: Checkpoint; signal?: AbortSignal } = {},
  ): Promise<Trainer> {
    const checked = parseTrainOptions(options);
    const state = resume && parseCheckpoint(resume);
    const parts: Partial<Parts> & Pick<Parts, 'scope'> = { scope: gpu.buffers.scope() };
    try {
      const ready = await assemble(parts, gpu, model, data, checked, signal);
      if (state) restore(ready, state);
      else await initialise(ready);
      await gpu.buffers.settled();
      throwIfAborted(signal);
      return new Trainer(ready, state?.step ?? 0);
    } catch (error) {
      free(parts);
      throw error;
    }
  }

  /** Number of finished steps. */
  get step(): number {
    return this.finished;
  }

  /**
   * Takes one step of the optimiser.
   * @throws LabError not-finite naming the step, device-lost, bad-input from the data, bad-plan after the last step;
   * Cancelled. Except after device-lost the trainer is unchanged.
   */
  next(signal?: AbortSignal): Promise<StepReport> {
    return this.exclusively(() => this.takeStep(signal));
  }

  /** Returns the state after the last finished step. */
  checkpoint(): Promise<Checkpoint> {
    return this.exclusively(async () => {
      const { gpu, options, data, model, parameters } = this.parts;
      const tensors = [];
      for (const { name, buffer, shape } of parameters.states()) {
        const bytes = await gpu.stream.read(buffer, 4 * shape[0] * shape[1]);
        tensors.push({ name, shape, values: new Float32Array(bytes) });
      }
      const { name, sha256, augmentation } = data;
      const origin = { name, sha256, augmentation };
      return writeCheckpoint({ step: this.finished, options, data: origin, model }, tensors);
    });
  }

  /**
   * Returns the weights to export, canonical [out, in] by tensor name. Those of quantised tensors are rounded to nearest:
   * each is −s, 0 or s, where s is the float16 scale of its group, so that codec `ternary(rule=optimal)` with the same groups
   * stores them exactly. Those of other tensors are the latent ones.
   */
  values(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.exclusively(async () => {
      const { gpu, parameters, evaluate } = this.parts;
      this.writeQuantiserStep();
      if (evaluate.commands.length > 0) await gpu.stream.run(evaluate.commands);
      const values = new Map<string, Float32Array>();
      for (const { spec, latent, quantiser, count } of parameters.list)
        values.set(
          spec.name,
          new Float32Array(await gpu.stream.read(quantiser?.output ?? latent, 4 * count)),
        );
      return values;
    });
  }

  dispose(): void {
    free(this.parts);
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.queue.then(() => {
      if (this.failure) throw this.failure.error;
      return work();
    });
    this.queue = result.catch(() => undefined);
    return result;
  }

  private async takeStep(signal?: AbortSignal): Promise<StepReport> {
    const { gpu, options, data, pass, prepare, gather, norm } = this.parts;
    if (this.finished >= options.steps) throw finished(options.steps);
    throwIfAborted(signal);
    const started = performance.now();
    const batch = await data.batch(this.finished, options.batch, options.length);
    this.writeQuantiserStep();
    await gpu.stream.run(prepare.commands, signal);
    const outcome = await accumulate(pass, microBatches(batch, options), signal);
    await gpu.stream.run(gather.commands, signal);
    const gradientNorm = await norm.read();
    if (!Number.isFinite(outcome.loss)) throw notFinite('loss', this.finished + 1);
    if (!Number.isFinite(gradientNorm)) throw notFinite('gradient', this.finished + 1);
    throwIfAborted(signal);
    const learningRate = learningRateAt(options, this.finished);
    await this.moveWeights(learningRate, clipFactor(gradientNorm, options.clipNorm));
    return {
      ...outcome,
      step: ++this.finished,
      learningRate,
      gradientNorm,
      milliseconds: performance.now() - started,
    };
  }

  /** Updates the weights. No signal stops this, and after a failure the trainer cannot be used. */
  private async moveWeights(learningRate: number, clip: number): Promise<void> {
    const { gpu, adamwStep, update } = this.parts;
    try {
      adamwStep.write({ step: this.finished, learningRate, clip });
      await gpu.stream.run(update.commands);
      await gpu.stream.idle();
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  private writeQuantiserStep(): void {
    const { quantiserStep, options } = this.parts;
    const threshold = options.qat?.threshold;
    quantiserStep.write(this.finished, threshold && thresholdAt(threshold, this.finished));
  }
}

/** Allocates, uploads and records. Everything is put into `parts` at once so that it can be freed after a failure. */
async function assemble(
  parts: Partial<Parts> & Pick<Parts, 'scope'>,
  gpu: Gpu,
  model: TensorSource,
  data: BatchSource,
  options: TrainOptions,
  signal?: AbortSignal,
): Promise<Parts> {
  const { scope } = parts;
  const quantiserStep = new QuantiserStep(gpu, scope);
  const adamwStep = new AdamWStep(gpu, scope, options);
  const parameters = await Parameters.create(gpu, scope, model, options, quantiserStep, signal);
  const { distillation, microBatch: sequences, length } = options;
  if (distillation) parts.teacher = await denseWeights(gpu, model, signal);
  const pass = (parts.pass = await GradientPass.create(gpu, model.shape, parameters.weights, {
    sequences,
    length,
    signal,
    ...(distillation && parts.teacher && { distillation: { ...distillation, teacher: parts.teacher } }),
  }));
  const trained = parameters.trained(pass.gradients);
  const norm = new GradientNorm(
    gpu,
    scope,
    trained.map(({ gradient: buffer, count }) => ({ buffer, count })),
  );
  const recorders = {
    prepare: (parts.prepare = gpu.recorder()),
    gather: (parts.gather = gpu.recorder()),
    update: (parts.update = gpu.recorder()),
    evaluate: (parts.evaluate = gpu.recorder()),
  };
  const origin = { architecture: model.shape.architecture, sha256: parameters.sha256 };
  const all: Parts = {
    ...{ gpu, scope, options, data, model: origin, parameters, pass, norm, quantiserStep, adamwStep },
    ...recorders,
    teacher: parts.teacher,
  };
  await record(all, trained);
  return all;
}

async function record(parts: Parts, trained: ReturnType<Parameters['trained']>): Promise<void> {
  const { gpu, options, parameters, pass, norm, adamwStep, prepare, gather, update, evaluate } = parts;
  for (const { spec, quantiser } of parameters.quantised) {
    await quantiser.recordForward({ gpu, recorder: prepare });
    await quantiser.recordForward({ gpu, recorder: evaluate }, false);
    await quantiser.recordBackward({ gpu, recorder: gather }, pass.gradients.get(spec.name)!);
    quantiser.recordFinish(update);
  }
  pass.recordClear(prepare);
  await norm.record({ gpu, recorder: gather });
  for (const each of trained) await recordAdamW({ gpu, recorder: update }, adamwStep, each, options);
}

/** Sets learned scales to the rule's scales. */
async function initialise({ gpu, parameters }: Parts): Promise<void> {
  const recorder = gpu.recorder();
  try {
    for (const { quantiser } of parameters.quantised) await quantiser.recordInitial({ gpu, recorder });
    if (recorder.commands.length > 0) await gpu.stream.run(recorder.commands);
    await gpu.stream.idle();
  } finally {
    recorder.dispose();
  }
}

function restore({ gpu, options, data, model, parameters }: Parts, state: TrainingState): void {
  const states = parameters.states();
  checkResume(state, { options, data, model }, states);
  for (const { name, buffer } of states) gpu.buffers.write(buffer, state.tensors.get(name)!.values);
}

/** Runs the micro-batches, each weighted by its share of the step's targets. */
async function accumulate(
  pass: GradientPass,
  batches: readonly { batch: TrainingBatch; share: number }[],
  signal?: AbortSignal,
): Promise<Outcome> {
  const total = { loss: 0, nll: 0, correct: 0, count: 0 };
  for (const { batch, share } of batches) {
    await pass.run(batch, { scale: share, signal });
    const { loss, nll, correct, count } = await pass.outcome();
    total.loss += share * loss;
    total.nll += share * nll;
    total.correct += correct;
    total.count += count;
  }
  return total;
}

function free({ pass, teacher, prepare, gather, update, evaluate, scope }: Partial<Parts>): void {
  for (const owner of [pass, teacher, prepare, gather, update, evaluate, scope]) owner?.dispose();
}

function finished(steps: number): LabError {
  return new LabError('bad-plan', `All ${steps} steps of this run are done.`, 'Start a run with more steps.');
}

function notFinite(what: string, step: number): LabError {
  return new LabError(
    'not-finite',
    `The ${what} of training step ${step} is not a finite number; the weights are those of step ${step - 1}.`,
    'Start again with a lower learning rate, a longer warm-up or a smaller clipping norm.',
  );
}
