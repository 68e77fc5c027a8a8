import * as v from 'valibot';
import { LabError } from '../../base/errors';
import { issuePath, issueReason } from '../../base/issue';
import { quoted, shown } from '../../base/shown';
import { parseJsonObject } from '../load/json';
import { isResampleFilter, resampler, type ResampleFilter } from './resample';

/**
 * Converts stored images into the inputs of a model: resized if the model requires it, then each pixel value v becomes
 * (v · rescale_factor − mean) ÷ std of its channel.
 * @param pixels [n, channels, size, size], 0 … 255
 * @param image the side of the square images in pixels, and their channels
 * @returns [n, channels, side, side] with the model's side
 * @throws LabError unsupported if the model requires another size or another number of channels
 */
export type Preprocessor = (pixels: Uint8Array, image: ImageFormat) => Float32Array;

/** The format of square images. */
export interface ImageFormat {
  /** Their side in pixels. */
  size: number;
  channels: number;
}

const NAME = 'preprocessor_config.json';
const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));
const finite = v.pipe(v.number(), v.finite());
const positive = v.pipe(finite, v.gtValue(0));

/** Image processors that resize, rescale and normalise, in this order, and do nothing else unless a field says so. */
const PROCESSORS = [
  'ViTImageProcessor',
  'ViTImageProcessorFast',
  'ViTImageProcessorPil',
  'ViTFeatureExtractor',
];
const processor = v.optional(
  v.nullable(
    v.picklist(PROCESSORS, ({ received }) => `only ${PROCESSORS[0]} is implemented, not ${received}`),
  ),
);

/** Fields that change no value of an image that is already RGB, or grey where the model is. */
const NEUTRAL = [
  ...[
    'processor_class',
    '_processor_class',
    'auto_map',
    'transformers_version',
    'default_to_square',
    'device',
  ],
  // Only steps that are refused read these sizes.
  ...['crop_size', 'pad_size', 'do_convert_rgb', 'return_tensors', 'disable_grouping', 'image_seq_length'],
];

/** Fields of Hugging Face image processors. Any other field is refused unless it switches a step off. */
const schema = v.object({
  image_processor_type: processor,
  feature_extractor_type: processor,
  data_format: v.optional(v.nullable(v.literal('channels_first'))),
  input_data_format: v.optional(v.null()),
  do_resize: v.optional(v.boolean()),
  resample: v.optional(v.pipe(v.number(), v.integer()), 2),
  size: v.optional(
    v.union([side, v.object({ height: side, width: side }), v.object({ shortest_edge: side })]),
  ),
  do_rescale: v.optional(v.boolean(), true),
  rescale_factor: v.optional(positive, 1 / 255),
  do_normalize: v.optional(v.boolean(), true),
  image_mean: v.optional(v.array(finite), [0.5, 0.5, 0.5]),
  image_std: v.optional(v.array(positive), [0.5, 0.5, 0.5]),
});
type Settings = v.InferOutput<typeof schema>;

/**
 * Makes a preprocessor from preprocessor_config.json, equivalent to ViTImageProcessor of transformers: it resizes as
 * Pillow does, rescales, then normalises.
 * @param required the side and channels of the model's input
 * @throws LabError bad-file if the file is missing; unsupported with the field that is not implemented
 */
export function imagePreprocessor(
  assets: ReadonlyMap<string, Uint8Array>,
  required: ImageFormat,
): Preprocessor {
  const bytes = assets.get(NAME);
  if (!bytes)
    throw new LabError(
      'bad-file',
      `The model has no ${NAME}.`,
      'Save the image processor in the folder of the model.',
    );
  const json = parseJsonObject(NAME, bytes);
  checkSteps(json);
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw unsupported(`${NAME}: ${issuePath(issue) ?? 'the file'}: ${issueReason(issue)}`);
  }
  return (pixels, image) => apply(result.output, required, pixels, image);
}

/** Refuses fields that are not implemented, since they may be steps. */
function checkSteps(json: Readonly<Record<string, unknown>>): void {
  const isKnown = (field: string) => Object.hasOwn(schema.entries, field) || NEUTRAL.includes(field);
  const step = Object.keys(json).find(
    (field) => !isKnown(field) && json[field] !== false && json[field] !== null,
  );
  if (step === undefined) return;
  throw unsupported(`${NAME}: ${quoted(step)} is not implemented; its value is ${shown(json[step])}`);
}

function apply(
  settings: Settings,
  required: ImageFormat,
  stored: Uint8Array,
  { size, channels }: ImageFormat,
): Float32Array {
  if (channels !== required.channels)
    throw unsupported(`the images have ${channels} channels, but the model requires ${required.channels}`);
  const side = sideAfter(settings, size);
  if (side !== required.size)
    throw unsupported(
      `the preprocessed images are ${side} × ${side}, but the model requires ${required.size} × ${required.size}`,
    );
  const pixels = side === size ? stored : resized(stored, size, side, filterOf(settings));
  return normalized(pixels, side * side, channelTables(settings, channels));
}

function normalized(pixels: Uint8Array, plane: number, tables: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(pixels.length);
  for (let start = 0; start < pixels.length; start += plane) {
    const table = tables[(start / plane) % tables.length];
    for (let i = start; i < start + plane; i++) values[i] = table[pixels[i]];
  }
  return values;
}

function resized(pixels: Uint8Array, from: number, to: number, filter: ResampleFilter): Uint8Array {
  const resize = resampler(from, to, filter);
  const planes = pixels.length / from ** 2;
  const result = new Uint8Array(planes * to ** 2);
  for (let i = 0; i < planes; i++)
    result.set(resize(pixels.subarray(i * from ** 2, (i + 1) * from ** 2)), i * to ** 2);
  return result;
}

/** Returns for each channel the values that the bytes 0 … 255 become. */
function channelTables(settings: Settings, channels: number): Float32Array[] {
  const { image_mean: means, image_std: deviations } = settings;
  if (settings.do_normalize && (means.length !== channels || deviations.length !== channels))
    throw unsupported(`${NAME}: image_mean and image_std do not have ${channels} channels`);
  const factor = settings.do_rescale ? settings.rescale_factor : 1;
  return Array.from({ length: channels }, (_, c) => {
    const [mean, deviation] = settings.do_normalize ? [means[c], deviations[c]] : [0, 1];
    const table = Float32Array.from({ length: 256 }, (_, byte) => (byte * factor - mean) / deviation);
    if (!table.every(Number.isFinite))
      throw unsupported(`${NAME}: its settings give values of channel ${c} that exceed float32`);
    return table;
  });
}

/** Returns the side of images after resizing. */
function sideAfter(settings: Settings, size: number): number {
  const { image_processor_type, feature_extractor_type, size: resized } = settings;
  // The named processors resize by default.
  const isNamed = (image_processor_type ?? feature_extractor_type ?? undefined) !== undefined;
  if (!(settings.do_resize ?? isNamed)) return size;
  const sides = typeof resized === 'object' ? Object.values(resized) : [resized ?? 224];
  if (sides.every((side) => side === sides[0])) return sides[0];
  throw unsupported(`${NAME}: it makes images of ${sides.join(' × ')}, which are not square`);
}

function filterOf({ resample }: Settings): ResampleFilter {
  if (isResampleFilter(resample)) return resample;
  throw unsupported(`${NAME}: resample ${resample} is not Lanczos (1), bilinear (2) or bicubic (3)`);
}

function unsupported(why: string): LabError {
  return new LabError(
    'unsupported',
    `The images cannot be preprocessed for this model: ${why}.`,
    'Choose a model for such images whose preprocessing only resizes, rescales and normalises.',
  );
}
