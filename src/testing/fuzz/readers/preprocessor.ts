import { imagePreprocessor } from '../../../models/image/preprocess';
import { jsonBytes } from '../anyJson';
import { jsonReader } from '../jsonReader';

/** Side of the images, and of those the model wants where they are resized. */
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
  const wanted = { size: resizes ? LARGER : SIZE, channels: 3 };
  const prepare = imagePreprocessor(new Map([['preprocessor_config.json', bytes]]), wanted);
  const values = prepare(pixels, { size: SIZE, channels: 3 });
  if (values.length !== 2 * 3 * wanted.size ** 2) throw new Error(`${values.length} values`);
  if (!values.every(Number.isFinite)) throw new Error('a pixel that is not finite');
}

/** preprocessor_config.json. */
export default jsonReader({
  name: 'preprocessor',
  reads: 'preprocessor_config.json, with images prepared by it',
  cases: 5000,
  memory: { factor: 1 },
  seeds: () => seeds,
  read,
});
