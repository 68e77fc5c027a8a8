import { bytes, fixed, signed } from '../../../../src/base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../src/base/markdown';
import type { ImageFigure } from '../../../../src/lab/images/measures';
import { PLAIN_FORM, SMOOTH_FORM } from '../../../../src/lab/studies/thermodynamic/forms';
import type {
  ModelStudy,
  ScheduleRow,
  ScheduleSection,
} from '../../../../src/lab/studies/thermodynamic/model';
import { met } from './verdicts';

/** Writes the study of schedules on a real model: the answer, then a table for each width of activations. */
export function modelText(study: ModelStudy): string {
  const { request, images, float, realImages, weights, sections } = study;
  const { model, steps, guidance, calibrationImages, real } = request;
  const tables = sections.map(
    ({ activations, rows }) =>
      `## Activations of ${activations} bits\n\n${markdownTable(columnsOf(rows), [weights, ...rows])}`,
  );
  return [
    answer(study),
    `${model}: ${images} images, as many of each class, DDIM with ${steps} steps and guidance ${guidance}, the same noise for all forms; ` +
      `calibrated on the trajectories of ${calibrationImages} other images. Fréchet distances are to ${real} held-out images: ` +
      `the float model's is ${figure(float)}, that of ${images} other real images ${figure(realImages)}. Differences are from "${PLAIN_FORM}", ` +
      `paired by image, and intervals 95 %.\n`,
    ...tables,
    NOTE,
  ].join('\n');
}

const NOTE =
  '"Smoothness" is the published score, "cut off" the share of calibration activations outside the range of their group, both the mean of all ' +
  'layers. "Noise error" is ‖ε̂ − ε‖² ÷ ‖ε‖² along the trajectories of the float model. The published loss is that of weights; here it is the ' +
  'noise error. Published targets: smoothness of at least 0.82 and 0.90, and 20 to 30 % and 35 to 40 % less loss.\n';

/** Answers whether a smoother schedule makes better images, by the paired difference of the drift. */
function answer({ sections, images }: ModelStudy): string {
  const named = (rows: readonly ScheduleRow[], name: string) => rows.find((row) => row.name === name)!;
  const parts = sections.map(({ activations, rows }) => {
    const smooth = named(rows, SMOOTH_FORM);
    const phase = rows.filter(({ mode }) => mode === 'faithful').map(({ driftDelta }) => driftDelta!.value);
    return (
      `with activations of ${activations} bits smoothing over time steps changes the drift by ${figure(smooth.driftDelta!)} (${verdict(smooth.driftDelta)}), ` +
      `and the published phases by ${signed(Math.min(...phase), 2)} to ${signed(Math.max(...phase), 2)}`
    );
  });
  const better = sections.filter(({ rows }) => verdict(named(rows, SMOOTH_FORM).driftDelta) === 'better');
  return (
    `Does a smoother schedule of scales make better images at the same bits? **${answerWord(better.length, sections.length)}**: on ${images} images, ` +
    `${parts.join('; ')}.\n`
  );
}

function answerWord(better: number, all: number): string {
  if (better === 0) return 'No';
  return better === all ? 'Yes' : `In ${better} of ${all} widths`;
}

function columnsOf([plain]: ScheduleSection['rows']): readonly TableColumn<ScheduleRow>[] {
  const lessLoss = ({ noise }: ScheduleRow) => 1 - noise!.value / plain.noise!.value;
  return [
    ['Form', ({ name }) => name, 'left'],
    ['Mode', ({ mode }) => mode, 'left'],
    ['Bytes', (row) => bytes(row.bytes)],
    ['Smoothness', ({ smoothness }) => (smoothness === undefined ? DASH : fixed(smoothness, 3))],
    ['Target', ({ target }) => (target ? `≥ ${fixed(target.score, 2)}` : DASH)],
    ['Smoothness', ({ smoothness, target }) => (target ? met(smoothness! >= target.score) : DASH), 'left'],
    ['Cut off %', ({ clipped }) => (clipped === undefined ? DASH : fixed(100 * clipped, 2))],
    ['Noise error % [95 %]', ({ noise }) => figure(noise, 100)],
    ['Less %', (row) => (row === plain || !row.target ? DASH : fixed(100 * lessLoss(row), 1))],
    ['Target %', ({ target }) => (target?.lessLoss ? `≥ ${fixed(100 * target.lessLoss[0], 0)}` : DASH)],
    ['Less', (row) => (row.target?.lessLoss ? met(lessLoss(row) >= row.target.lessLoss[0]) : DASH), 'left'],
    ['Drift [95 %]', ({ drift }) => figure(drift)],
    ['Δ drift [95 %]', ({ driftDelta }) => (driftDelta ? figure(driftDelta) : DASH)],
    ['Images', ({ driftDelta }) => (driftDelta ? verdict(driftDelta) : DASH), 'left'],
    ['Fréchet [95 %]', ({ frechet }) => figure(frechet.distance)],
    ['Δ Fréchet [95 %]', ({ frechet }) => (frechet.delta ? figure(frechet.delta) : DASH)],
    ['Class of the float image %', ({ asFloat }) => figure(asFloat, 100)],
    ['Step, ms (p95)', ({ stepMs }) => `${fixed(stepMs.median, 0)} (${fixed(stepMs.p95, 0)})`],
  ];
}

/** Less drift is better, if the interval says so. */
function verdict(delta: ImageFigure | null | undefined): string {
  if (!delta) return DASH;
  if (delta.ci95[1] < 0) return 'better';
  return delta.ci95[0] > 0 ? 'worse' : 'no difference seen';
}

function figure(of: ImageFigure | null, factor = 1): string {
  if (!of) return DASH;
  const places = factor === 1 ? 2 : 1;
  const [value, low, high] = [of.value, ...of.ci95].map((number) => fixed(factor * number, places));
  return `${value} [${low}, ${high}]`;
}
