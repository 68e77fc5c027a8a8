import { imagePreprocessor } from '../../../models/image/preprocess';
import { jsonBytes } from '../anyJson';
import { jsonReader } from '../jsonReader';

/** The side of the images, and the side of the model's input if they are resized. */
const SIZE = 4;
const LARGER = 6;
const pixels = Uint8Array.from({ length: 2 * 3 * SIZE * SIZE }, (_, i) => i);

const seeds = [
  {
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: [0.5, 0.4, 0.3],
    image_std: [0.2, 0.25, 0.5],
    rescale_factor: 1 / 255,
    resample: 2,
    size: { height: LARGER, width: LARGER },
    image_processor_type: 'ViTImageProcessor',
  },
  { do_normalize: false, do_resize: false, do_center_crop: false, do_pad: null, size: SIZE },
  { do_resize: true, size: { shortest_edge: LARGER }, resample: 3 },
].map(jsonBytes);

function read(bytes: Uint8Array): void {
  const resizes = new TextDecoder().decode(bytes).includes('"do_resize":true');
  const required = { size: resizes ? LARGER : SIZE, channels: 3 };
  const prepare = imagePreprocessor(new Map([['preprocessor_config.json', bytes]]), required);
  const values = prepare(pixels, { size: SIZE, channels: 3 });
  if (values.length !== 2 * 3 * required.size ** 2) throw new Error(`${values.length} values`);
  if (!values.every(Number.isFinite)) throw new Error('a pixel is not finite');
}

/** The reader of preprocessor_config.json. */
export default jsonReader({
  name: 'preprocessor',
  reads: 'preprocessor_config.json, used to preprocess images',
  cases: 5000,
  memory: { factor: 1 },
  seeds: () => seeds,
  read,
});
