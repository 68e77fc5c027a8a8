import { concatenate } from '../../base/concatenate';
import { LabError } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import type { CalibrationBatches } from '../../calibrate/walk';
import { batchLimits } from '../../evaluate/batches';
import type { Evaluator, MeasuredWeights } from '../../evaluate/evaluator';
import { imageEvaluator, type ImageEvaluation } from '../../evaluate/images';
import { textEvaluator, type TextEvaluation } from '../../evaluate/text';
import type { Model } from '../../models/model';
import { imagePreprocessor } from '../../models/image/preprocess';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import { maxSequences } from '../../runtime/forward/forward';
import { refuseHeldOutImages, refuseHeldOutText, type HeldOutInput } from './heldOut';
import type { Lab } from '../lab';
import { MIN_CLUSTERS } from '../results/comparison';
import type { CalibrationPlan } from '../plan/plan';
import { FILE_IMAGES, FILE_WINDOWS, SCORED_IMAGES, SCORED_WINDOWS } from './sizes';

/** Stream of the keyed generator that chooses calibration windows. */
const STREAM = 0xca11b;
/** Rows of activations per batch: enough to fill a device, few enough for its memory. */
export const BATCH_ROWS = 2048;
/** The calibration set of a plan, ready to be drawn from. */
export interface CalibrationData {
  dataset: string;
  sha256: string;
  windows: number;
  /** Tokens per window; undefined for images. */
  context?: number;
  /** Windows (or images) of one draw, chosen without replacement by the seed. */
  draw(seed: number): Promise<CalibrationBatches>;
  /**
   * Scores weights against the float32 model, for searches. The caller disposes of it.
   * @param on `draw` for a part of it, with divergences; `validation` for windows (or images) of the set that the draw does not use
   * @throws LabError bad-plan if there are too few
   */
  evaluator(
    seed: number,
    baseline: MeasuredWeights,
    on: 'draw' | 'validation',
  ): Evaluator<TextEvaluation | ImageEvaluation>;
}

/** What opening a calibration set needs. */
export interface CalibrationInput {
  lab: Lab;
  model: Model;
  calibration: CalibrationPlan | null;
  /** Tokens per window. */
  context: number;
  /** Seed of the first draw. */
  seed: number;
  /** The data that is measured on, if any. */
  measured?: HeldOutInput['measured'];
  /** Bytes that scoring a streamed model may take; by default unlimited. */
  memoryBytes?: number;
  signal?: AbortSignal;
}

/**
 * Opens a plan's calibration set.
 * @returns undefined for a plan without calibration
 * @throws LabError bad-plan when it contains data of this plan's evaluation or of an evaluation set, or is too short
 */
export async function openCalibrationData(input: CalibrationInput): Promise<CalibrationData | undefined> {
  const { calibration, model } = input;
  if (!calibration) return undefined;
  return model.shape.image ? imageCalibration(input, calibration) : textCalibration(input, calibration);
}

async function textCalibration(
  { lab, model, context, measured, memoryBytes, signal }: CalibrationInput,
  { data, windows }: CalibrationPlan,
): Promise<CalibrationData> {
  const text = await lab.openText(data, signal);
  await refuseHeldOutText(text, { lab, data, use: 'calibration', measured, signal });
  const tokenizer = await loadTokenizer(model.assets);
  const ids = await tokenizer.encode(text.text, { signal, cache: lab.tokenCache });
  const available = Math.floor(ids.length / context);
  requireEnough(data, `windows of ${context} tokens`, available, windows);
  const chosen = (seed: number) => choose(available, windows, seed);
  const window = (index: number) => ids.subarray(index * context, (index + 1) * context);
  const sequences = batchOf(
    windows,
    Math.min(maxSequences(batchLimits(lab.gpu), model.shape, context), BATCH_ROWS / context),
  );
  return {
    dataset: text.id,
    sha256: text.sha256,
    windows,
    context,
    draw: async (seed) => {
      const batches = chunks(chosen(seed), sequences).map((list) =>
        concatenate(Uint32Array, list.map(window)),
      );
      return { batches, sequences, length: context };
    },
    evaluator: (seed, baseline, on) => {
      const list =
        on === 'draw'
          ? requireScored(chosen(seed).slice(0, SCORED_WINDOWS))
          : requireValidation(
              data,
              'windows',
              validation(available, windows, FILE_WINDOWS, seed),
              MIN_CLUSTERS,
            );
      const ids = concatenate(Uint32Array, list.map(window));
      const protocol = { kind: 'windows', context, stride: context } as const;
      const { gpu, cpu } = lab;
      const input = { gpu, cpu, shape: model.shape, baseline, ids, protocol, memoryBytes };
      return textEvaluator({ ...input, metrics: on === 'draw' ? 'all' : 'perplexity' });
    },
  };
}

async function imageCalibration(
  { lab, model, measured, memoryBytes, signal }: CalibrationInput,
  { data, windows }: CalibrationPlan,
): Promise<CalibrationData> {
  const images = await lab.openImages(data, signal);
  await refuseHeldOutImages(images, { lab, data, use: 'calibration', measured, signal });
  requireEnough(data, 'images', images.count, windows);
  const preprocess = imagePreprocessor(model.assets, model.shape.image!);
  const size = images.channels * images.size ** 2;
  const { tokens } = model.shape.image!;
  const chosen = (seed: number) => choose(images.count, windows, seed);
  const pixelsOf = (list: readonly number[]) => {
    const pixels = new Uint8Array(list.length * size);
    list.forEach((index, i) =>
      pixels.set(images.pixels.subarray(index * size, (index + 1) * size), i * size),
    );
    return preprocess(pixels, images);
  };
  const sequences = batchOf(
    windows,
    Math.min(maxSequences(batchLimits(lab.gpu), model.shape, tokens), BATCH_ROWS / tokens),
  );
  return {
    dataset: images.id,
    sha256: images.sha256,
    windows,
    draw: async (seed) => {
      const lists = chunks(chosen(seed), sequences);
      return { batches: lists.map(pixelsOf), sequences, length: tokens };
    },
    evaluator: (seed, baseline, on) => {
      const list =
        on === 'draw'
          ? chosen(seed).slice(0, SCORED_IMAGES)
          : requireValidation(data, 'images', validation(images.count, windows, FILE_IMAGES, seed), 1);
      return imageEvaluator({
        gpu: lab.gpu,
        cpu: lab.cpu,
        shape: model.shape,
        baseline,
        labels: list.map((index) => images.labels[index]),
        pixels: (first, count) => pixelsOf(list.slice(first, first + count)),
        metrics: on === 'draw' ? 'all' : 'perplexity',
        memoryBytes,
      });
    },
  };
}

/** Returns windows (or images) that follow those of a draw in the order of its generator, so that none is one of them. */
function validation(available: number, drawn: number, most: number, seed: number): number[] {
  return choose(available, Math.min(available, drawn + most), seed).slice(drawn);
}

/** @throws LabError bad-plan if a search has too few windows for an interval */
function requireScored(windows: readonly number[]): readonly number[] {
  if (windows.length >= 2) return windows;
  throw new LabError(
    'bad-plan',
    'A search measures what tensors lose on at least two calibration windows, and the plan has one.',
    'Raise the number of calibration windows (calibration-windows=8).',
  );
}

/** @throws LabError bad-plan if a draw leaves too little to measure files on */
function requireValidation(
  data: string,
  what: string,
  list: readonly number[],
  needed: number,
): readonly number[] {
  if (list.length >= needed) return list;
  throw new LabError(
    'bad-plan',
    `A limit on the loss is checked on at least ${needed} ${what} that calibrate nothing; ${data} has ${list.length} beside those of the plan.`,
    'Calibrate on fewer (calibration-windows), or on more data.',
  );
}

function requireEnough(data: string, what: string, available: number, wanted: number): void {
  if (wanted <= available) return;
  throw new LabError(
    'bad-plan',
    `The plan calibrates on ${wanted} ${what}; ${data} has ${available}.`,
    `Ask for at most ${available} (calibration-windows), or use more data.`,
  );
}

/** Draws `count` of 0 … available − 1 without replacement (Fisher and Yates 1938), in the order drawn. */
function choose(available: number, count: number, seed: number): number[] {
  const random = new KeyedRandom(seed, STREAM);
  const order = Array.from({ length: available }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random.nextUniform() * (available - i));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.slice(0, count);
}

/** Returns the largest batch size up to `max` that divides `count`, since one recording serves every batch. */
function batchOf(count: number, max: number): number {
  for (let n = Math.min(count, Math.max(1, Math.floor(max))); n > 1; n--) if (count % n === 0) return n;
  return 1;
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: list.length / size }, (_, i) => list.slice(i * size, (i + 1) * size));
}
