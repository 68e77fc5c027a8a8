import { openBlockCalibration } from '../../artefact/blockCalibration';
import { Artefact } from '../../artefact/read';
import type { Scope } from '../../artefact/recipe';
import type { StoredArtefact } from '../../artefact/sink';
import { restoredWeights, streamedArtefact } from '../../artefact/weights';
import { LabError } from '../../base/errors';
import { gramBytes, openCalibration } from '../../calibrate/calibration';
import { OutputErrors } from '../../calibrate/outputError';
import type { FileLoss } from '../../codecs/contract/assigner';
import type { MeasuredWeights } from '../../evaluate/evaluator';
import type { ImageEvaluation } from '../../evaluate/images';
import type { TextEvaluation } from '../../evaluate/text';
import type { TensorSpec } from '../../models/architecture';
import { isStreamed, streamedModel } from '../../runtime/forward/streamedWeights';
import type { Matrix } from '../../runtime/linear/matrix';
import type { CalibrationSource, TrialCache } from '../../artefact/chooseCodecs';
import { calibrationDevice, outputSquaresOf } from '../devices';
import { artefactSink } from '../floatModel';
import { openCalibrationData, type CalibrationData, type CalibrationInput } from './data';

/** GPU memory the statistics of a whole model may take when only the output errors of layers would use them. */
export const GRAM_BUDGET = 2 ** 29;

type CalibrationEvaluator = ReturnType<CalibrationData['evaluator']>;

/** What a calibrator opens its data with. */
export interface CalibratorInput extends CalibrationInput {
  /** The tensors that codecs code; by default all. It matters for a streamed model, which is run only if it must be. */
  scope?: Scope;
}

/** The outcomes of trials by the seed of the draw. */
export type TrialCaches = Map<number, TrialCache>;

/**
 * The calibration of a plan, opened when it is first needed, with one draw on the GPU at a time. The first draw also serves the
 * output errors of layers and the searches.
 */
export class Calibrator {
  private readonly input: CalibratorInput;
  private readonly baseline: MeasuredWeights;
  private opening: Promise<CalibrationData | undefined> | undefined;
  /** The open draw: the statistics of the float32 model on its windows. */
  private held: { seed: number; source: CalibrationSource } | undefined;
  private outputs: OutputErrors | undefined;
  private readonly scorers = new Map<
    'draw' | 'validation',
    { seed: number; evaluator: CalibrationEvaluator }
  >();
  private readonly trialCaches: TrialCaches;

  /** @param trialCaches those of an earlier calibrator with the same model and calibration, which are continued */
  constructor(input: CalibratorInput, baseline: MeasuredWeights, trialCaches: TrialCaches = new Map()) {
    this.input = input;
    this.baseline = baseline;
    this.trialCaches = trialCaches;
  }

  /** Returns the outcomes of trials with this draw, which assigners add to. */
  private trialCache(seed: number): TrialCache {
    let cache = this.trialCaches.get(seed);
    if (!cache) this.trialCaches.set(seed, (cache = { trials: new Map(), rises: new Map() }));
    return cache;
  }

  /** The seeds of the plan's draws. */
  get seeds(): number[] {
    const { seed, calibration } = this.input;
    return Array.from({ length: calibration?.draws ?? 1 }, (_, i) => (seed + i) % 2 ** 32);
  }

  /**
   * Opens the calibration set.
   * @returns undefined for a plan without calibration.
   * @throws LabError bad-plan when the set cannot be used
   */
  data(): Promise<CalibrationData | undefined> {
    this.opening ??= openCalibrationData(this.input);
    return this.opening;
  }

  /**
   * Opens a draw. It stays on the GPU until another one is opened.
   * @throws LabError bad-plan for a plan without calibration, or with a set that cannot be used
   */
  async draw(seed: number, signal?: AbortSignal): Promise<CalibrationSource> {
    if (this.held?.seed === seed) return this.held.source;
    const data = await this.data();
    if (!data)
      throw new LabError(
        'bad-plan',
        'A codec of this plan needs calibration data, and the plan has calibration=none.',
        'Leave calibration out, or name a set.',
      );
    this.release();
    const { lab, model } = this.input;
    const batches = await data.draw(seed);
    const device = calibrationDevice(lab);
    const { baseline, input } = this;
    const calibration = isStreamed(baseline)
      ? await openBlockCalibration(
          lab.processor,
          device,
          model,
          { scope: input.scope ?? 'all' },
          batches,
          signal,
        )
      : await openCalibration(device, model.shape, baseline, batches, signal);
    const source: CalibrationSource = {
      ...calibration,
      outputSquares: await outputSquaresOf(lab),
      trialCache: this.trialCache(seed),
      lossRise: (tensor, restored, stop) => this.lossRise(tensor, restored, stop),
      files: {
        sink: () => artefactSink(lab, isStreamed(baseline)),
        loss: (file, stop) => this.fileLoss(file, seed, stop),
      },
    };
    this.held = { seed, source };
    return source;
  }

  /** Opens what measures the output errors of layers. @returns undefined if the plan has no calibration data for it */
  async outputErrors(signal?: AbortSignal): Promise<OutputErrors | undefined> {
    const { model, calibration } = this.input;
    if (!calibration || isStreamed(this.baseline)) return undefined;
    if (!this.held && gramBytes(model.shape) > GRAM_BUDGET) return undefined;
    try {
      const { float, outputSquares } = await this.draw(this.seeds[0], signal);
      this.outputs ??= new OutputErrors(outputSquares!, float.byWeight);
      return this.outputs;
    } catch (error) {
      // No codec may need calibration: a set that cannot be used only leaves out this figure.
      if (error instanceof LabError && error.code === 'bad-plan') return undefined;
      throw error;
    }
  }

  /**
   * Measures the rise of the loss when one tensor is replaced: the mean KL divergence from the float32 model on
   * calibration data, in nats per token (or image). That is the expected rise under the model's own predictions; it is
   * never negative.
   */
  private async lossRise(tensor: TensorSpec, restored: Matrix, signal?: AbortSignal): Promise<number> {
    const scorer = await this.openScorer('draw', this.seeds[0], signal);
    const weights = await this.replacing(tensor, restored);
    const { quality } = await scorer.measure(weights, { label: tensor.name, signal });
    return quality.klMean ?? 0;
  }

  /** Returns the float32 model in which one tensor is replaced. */
  private async replacing(tensor: TensorSpec, restored: Matrix): Promise<MeasuredWeights> {
    const { lab, model } = this.input;
    const { baseline } = this;
    if (!isStreamed(baseline)) return lab.processor.replacing(baseline, tensor.name, restored);
    const values = await lab.processor.read(restored);
    const { shape } = model;
    return streamedModel(lab.gpu, {
      shape,
      tensor: async (spec) => (spec.name === tensor.name ? values : model.tensor(spec)),
    });
  }

  /** Restores a file from its bytes and measures what it loses on calibration data that a draw does not use. */
  private async fileLoss(file: StoredArtefact, seed: number, signal?: AbortSignal): Promise<FileLoss> {
    const { lab } = this.input;
    const scorer = await this.openScorer('validation', seed, signal);
    const artefact = await Artefact.open(file);
    const weights = isStreamed(this.baseline)
      ? await streamedArtefact(lab.processor, artefact)
      : await restoredWeights(lab.processor, artefact, signal);
    try {
      const { quality } = await scorer.measure(weights, { label: 'a file on trial', signal });
      return lossOf(quality);
    } finally {
      if (!isStreamed(weights)) weights.dispose();
    }
  }

  dispose(): void {
    for (const { evaluator } of this.scorers.values()) evaluator.dispose();
    this.release();
  }

  /** Opens what scores on a part of a draw or on what it does not use. Of each kind one is open at a time. */
  private async openScorer(
    on: 'draw' | 'validation',
    seed: number,
    signal?: AbortSignal,
  ): Promise<CalibrationEvaluator> {
    const open = this.scorers.get(on);
    if (open?.seed === seed) return open.evaluator;
    const data = await this.data();
    if (!data)
      throw new LabError('bad-plan', 'A search needs calibration data.', 'Leave calibration=none out.');
    open?.evaluator.dispose();
    const evaluator = data.evaluator(seed, this.baseline, on);
    this.scorers.set(on, { seed, evaluator });
    await evaluator.measureBaseline({ label: 'the float32 baseline', signal });
    return evaluator;
  }

  private release(): void {
    this.held?.source.float.dispose();
    this.held?.source.inputs?.release();
    this.held = undefined;
    this.outputs = undefined;
  }
}

/** Returns what a model loses: per cent of perplexity, or points of accuracy. */
function lossOf(quality: TextEvaluation['quality'] | ImageEvaluation['quality']): FileLoss {
  const {
    deltaPercent,
    deltaPercentCi95: [low, high],
  } = quality;
  return quality.task === 'perplexity'
    ? { loss: deltaPercent, lossCi95: [low, high], unit: 'windows', units: quality.windows }
    : { loss: -deltaPercent, lossCi95: [-high, -low], unit: 'images', units: quality.images };
}
