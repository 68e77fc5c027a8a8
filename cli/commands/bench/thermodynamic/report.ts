import * as v from 'valibot';
import { LabError } from '../../../../src/base/errors';
import { fixed, grouped, significant, withInterval } from '../../../../src/base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../src/base/markdown';
import type { PhaseResult } from '../../../../src/lab/studies/thermodynamic/benchmark';
import { met } from './verdicts';

export const SCHEMA = 'bitcurve.thermodynamic/1';

type Earlier = ReadonlyMap<string, readonly [low: number, high: number]>;

/** Writes the results as a table for each number of weights, under the answer in one sentence. */
export function thermodynamicText(results: readonly PhaseResult[], earlier?: Earlier): string {
  const sizes = [...new Set(results.map(({ weights }) => weights))];
  const columns = earlier ? [...COLUMNS, changeColumn(earlier)] : COLUMNS;
  const tables = sizes.map((size) => {
    const rows = results.filter(({ weights }) => weights === size);
    return `${grouped(size)} weights:\n\n${markdownTable(columns, rows)}`;
  });
  return [answer(results), ...tables, NOTE].join('\n');
}

const NOTE =
  'Targets are those that the project states. "Activation error" is the mean squared error of activations that fill the range of each step, ' +
  'and "cut off" the share that its group can no longer represent.\n';

const COLUMNS: readonly TableColumn<PhaseResult>[] = [
  ['Phase', ({ phase }) => phase, 'left'],
  ['Time, ms [95 %]', ({ milliseconds: { median, ci95 } }) => `${significant(median)} ${ends(ci95)}`],
  ['Overhead % [95 %]', overheadText],
  ['Target %', ({ target }) => (target ? `< ${fixed(100 * target.overhead, 0)}` : DASH)],
  ['Overhead', overheadVerdict, 'left'],
  ['Smoothness', ({ score }) => fixed(score, 4)],
  ['Target', ({ target }) => (target ? `≥ ${fixed(target.score, 2)}` : DASH)],
  ['Smoothness', ({ score, target }) => (target ? met(score >= target.score) : DASH), 'left'],
  ['Activation error', ({ activationError }) => significant(activationError)],
  ['Cut off %', ({ clipped }) => fixed(100 * clipped, 1)],
  ['Loss', ({ loss }) => (loss ? `${significant(loss.initial)} → ${significant(loss.final)}` : DASH)],
];

function ends([low, high]: readonly [number, number]): string {
  return `[${significant(low)}, ${significant(high)}]`;
}

function overheadText({ overhead }: PhaseResult): string {
  if (!overhead) return DASH;
  const [low, high] = overhead.ci95;
  const { value, interval } = withInterval(100 * overhead.median, [100 * low, 100 * high]);
  return `${value} ${interval}`;
}

function overheadVerdict({ overhead, target }: PhaseResult): string {
  if (!overhead || !target) return DASH;
  if (overhead.ci95[1] < target.overhead) return met(true);
  return overhead.ci95[0] >= target.overhead ? met(false) : 'unsure';
}

/** Says what smoothing does: the score that it raises, and the error that it costs. */
function answer(results: readonly PhaseResult[]): string {
  const baseline = results.find(({ target }) => !target);
  const smoothed = results.filter(({ phase }) => phase.startsWith('phase 2'));
  if (!baseline || smoothed.length === 0) return '';
  const best = smoothed.reduce((a, b) => (b.score > a.score ? b : a));
  return (
    `Smoothing raises the smoothness of the groups from ${fixed(baseline.score, 4)} to ${fixed(best.score, 4)}, and the squared error of ` +
    `activations from ${significant(baseline.activationError)} to ${significant(best.activationError)}, since ` +
    `${fixed(100 * best.clipped, 1)} % of them are cut off (before: ${fixed(100 * baseline.clipped, 1)} %).\n`
  );
}

const earlierSchema = v.object({
  schema: v.literal(SCHEMA),
  results: v.array(
    v.object({
      phase: v.string(),
      weights: v.number(),
      milliseconds: v.object({ ci95: v.tuple([v.number(), v.number()]) }),
    }),
  ),
});

/** Reads the times of an earlier run. @throws LabError bad-file */
export function earlierResults(path: string, bytes: Uint8Array): Earlier {
  try {
    const { results } = v.parse(earlierSchema, JSON.parse(new TextDecoder().decode(bytes)));
    return new Map(
      results.map(({ phase, weights, milliseconds: { ci95 } }) => [keyOf({ phase, weights }), ci95]),
    );
  } catch (error) {
    throw new LabError(
      'bad-file',
      `${path} is not a result of this benchmark.`,
      'Name a file that `npm run bench -- thermodynamic --out FILE` wrote.',
      error,
    );
  }
}

function keyOf({ phase, weights }: Pick<PhaseResult, 'phase' | 'weights'>): string {
  return `${phase}|${weights}`;
}

/** A time has changed if the intervals of the two medians do not overlap. */
function changeColumn(earlier: Earlier): TableColumn<PhaseResult> {
  return [
    'Since then',
    (result) => {
      const before = earlier.get(keyOf(result));
      if (!before) return 'new';
      const [low, high] = result.milliseconds.ci95;
      if (low > before[1]) return 'slower';
      return high < before[0] ? 'faster' : 'no change seen';
    },
    'left',
  ];
}
