import { imagePreprocessor } from '../../models/image/preprocess';
import type { Model } from '../../models/model';
import { loadTokenizer } from '../../models/tokenizer/tokenizer';
import type { ModelInput } from '../../runtime/forward/logits';
import type { Lab } from '../lab';
import { DEFAULT_DATA, EMBEDDED_DATA, measuredTask } from '../plan/presets';

/** Positions of the window that both programs compute, and images of the batch. */
const LENGTH = 128;
const IMAGES = 4;
/** Characters of text that give at least LENGTH tokens, since no tokenizer joins more than 40 characters on average. */
const CHARACTERS = 40 * LENGTH;

/** One input for two programs, with its dimensions as the other program needs them. */
export interface CrossCheckInput extends ModelInput {
  dims: readonly number[];
}

/**
 * Opens the beginning of a data set as the model reads it.
 * @param dataset the data set a record was measured on; the task's default replaces one that does not ship with the lab
 */
export async function crossCheckInput(
  lab: Lab,
  model: Pick<Model, 'shape' | 'assets'>,
  dataset: string | undefined,
  signal?: AbortSignal,
): Promise<CrossCheckInput> {
  const task = measuredTask(model.shape.architecture, model.shape.task);
  const known = dataset !== undefined && EMBEDDED_DATA.get(dataset) === task;
  const data = known ? dataset : DEFAULT_DATA[task];
  return task === 'language-model' ? textWindow(lab, model, data, signal) : images(lab, model, data, signal);
}

async function textWindow(
  lab: Lab,
  { assets, shape }: Pick<Model, 'shape' | 'assets'>,
  data: string,
  signal?: AbortSignal,
): Promise<CrossCheckInput> {
  const { text } = await lab.openText(data, signal);
  const tokenizer = await loadTokenizer(assets);
  const ids = await tokenizer.encode(text.slice(0, CHARACTERS), { signal });
  const values = Uint32Array.from(ids.slice(0, Math.min(LENGTH, shape.maxContext)));
  return { values, sequences: 1, length: values.length, dims: [1, values.length] };
}

async function images(
  lab: Lab,
  { assets, shape }: Pick<Model, 'shape' | 'assets'>,
  data: string,
  signal?: AbortSignal,
): Promise<CrossCheckInput> {
  const set = await lab.openImages(data, signal);
  const count = Math.min(IMAGES, set.count);
  const pixels = set.pixels.subarray(0, count * set.channels * set.size ** 2);
  const { channels, size } = shape.image!;
  const values = imagePreprocessor(assets, { channels, size })(pixels, set);
  return { values, sequences: count, length: 0, dims: [count, channels, size, size] };
}
