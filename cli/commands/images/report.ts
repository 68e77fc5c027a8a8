import { bytes } from '../../../src/base/format';
import type { MeasuredImages } from '../../../src/lab/images/run';
import type { PngImage } from '../../../src/formats/png';
import { imageSamples8 } from '../../../src/lab/images/judge';

type Form = MeasuredImages['forms'][number];

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
export function imagesReport({ forms }: MeasuredImages): string {
  const isJudged = forms[0].judged !== undefined;
  const judged = isJudged ? ['Intended class %', 'Δ points', 'Class of the float image %'] : [];
  const head = ['Codec', 'Bytes', 'Drift ‖x̂₀ − x₀‖', 'Relative drift %', ...judged];
  const rows = forms.map((form) => [
    form.codec === 'baseline' ? 'float32' : `\`${form.codec}\``,
    bytes(form.bytes),
    ...(form.codec === 'baseline' ? ['–', '–'] : [figure(form.drift, 1), figure(form.relativeDrift, 100)]),
    ...(form.judged ? judgedCells(form, form.judged) : []),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map((_, i) => (i === 0 ? ':--' : '--:'))) + rows.map(line).join('');
}

function judgedCells({ codec }: Form, { intended, intendedDelta, asFloat }: NonNullable<Form['judged']>) {
  const share = figure(intended, 100);
  return codec === 'baseline' ? [share, '–', '–'] : [share, figure(intendedDelta, 100), figure(asFloat, 100)];
}

function figure(of: { value: number; ci95: readonly [number, number] } | null, factor: number): string {
  if (!of) return 'needs two images';
  const [low, high] = of.ci95.map((end) => (factor * end).toFixed(factor === 1 ? 2 : 1));
  return `${(factor * of.value).toFixed(factor === 1 ? 2 : 1)} [${low}, ${high}]`;
}
