import { bytes } from '../../../src/base/format';
import { DASH, markdownTable, type TableColumn } from '../../../src/base/markdown';
import type { FrechetFigures } from '../../../src/lab/images/frechet';
import type { ImageFigure } from '../../../src/lab/images/measures';
import type { MeasuredForm, MeasuredImages } from '../../../src/lab/images/run';
import type { PngImage } from '../../../src/formats/png';
import { imageSamples8 } from '../../../src/lab/images/judge';

type Form = MeasuredForm;

/** White pixels between two images, and between two grids. */
const GAP = 2;
const GRID_GAP = 12;
const WHITE = 255;

/** Draws the grids of some forms side by side, `columns` images in a row. */
export function drawGrids(
  { image }: Pick<MeasuredImages, 'image'>,
  forms: readonly Pick<Form, 'pixels'>[],
  columns: number,
): PngImage {
  const { size, channels } = image;
  const perImage = channels * size * size;
  const rows = Math.ceil(forms[0].pixels.length / perImage / columns);
  const gridWidth = columns * (size + GAP) - GAP;
  const width = forms.length * (gridWidth + GRID_GAP) - GRID_GAP;
  const height = rows * (size + GAP) - GAP;
  const drawn = channels === 3 ? 3 : 1;
  const samples = new Uint8Array(width * height * drawn).fill(WHITE);
  forms.forEach(({ pixels }, form) => {
    const values = imageSamples8(pixels);
    for (let i = 0; i * perImage < values.length; i++) {
      const left = form * (gridWidth + GRID_GAP) + (i % columns) * (size + GAP);
      const top = Math.floor(i / columns) * (size + GAP);
      for (let c = 0; c < drawn; c++)
        for (let y = 0; y < size; y++)
          for (let x = 0; x < size; x++)
            samples[((top + y) * width + left + x) * drawn + c] =
              values[i * perImage + (c * size + y) * size + x];
    }
  });
  return { width, height, channels: drawn, samples };
}

/** Writes the table of what codecs change. */
export function imagesReport({ forms, realFrechet }: MeasuredImages): string {
  const [{ judged, frechet }] = forms;
  const columns = [...COLUMNS, ...(judged ? JUDGED : []), ...(frechet ? FRECHET : [])];
  return markdownTable(columns, forms) + (realFrechet ? realText(realFrechet) : '');
}

const isFloat = ({ codec }: Form) => codec === 'baseline';
const unlessFloat = (cell: (form: Form) => string) => (form: Form) => (isFloat(form) ? DASH : cell(form));

const COLUMNS: readonly TableColumn<Form>[] = [
  ['Codec', (form) => (isFloat(form) ? 'float32' : `\`${form.codec}\``), 'left'],
  ['Bytes', (form) => bytes(form.bytes)],
  ['Noise error %', unlessFloat(({ noise }) => figure(noise!.relative, 100))],
  ['Drift ‖x̂₀ − x₀‖', unlessFloat(({ drift }) => figure(drift, 1))],
  ['Relative drift %', unlessFloat(({ relativeDrift }) => figure(relativeDrift, 100))],
];

const JUDGED: readonly TableColumn<Form>[] = [
  ['Intended class %', ({ judged }) => figure(judged!.intended, 100)],
  ['Δ points', unlessFloat(({ judged }) => figure(judged!.intendedDelta, 100))],
  ['Class of the float image %', unlessFloat(({ judged }) => figure(judged!.asFloat, 100))],
];

const FRECHET: readonly TableColumn<Form>[] = [
  ['Fréchet distance', ({ frechet }) => figure(frechet!.distance, 1)],
  ['Δ', unlessFloat(({ frechet }) => figure(frechet!.delta!, 1))],
];

function realText({ distance }: FrechetFigures): string {
  return `\nAs many other real images have a Fréchet distance of ${figure(distance, 1)} to the same held-out ones.\n`;
}

function figure(of: ImageFigure | null, factor: number): string {
  if (!of) return 'needs two images';
  const [low, high] = of.ci95.map((end) => (factor * end).toFixed(factor === 1 ? 2 : 1));
  return `${(factor * of.value).toFixed(factor === 1 ? 2 : 1)} [${low}, ${high}]`;
}
