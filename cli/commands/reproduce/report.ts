import { significant } from '../../../src/base/format';
import { csvText } from '../../../src/lab/results/csv';
import type { ComparedField, FieldKind } from './compare';
import type { Target } from './targets';

/** What became of a target: its fields, or why it was not run. */
export interface TargetOutcome {
  target: Target;
  fields: readonly ComparedField[];
  /** The folder of the results, if an earlier run made them and this one only compared them. */
  earlier?: string;
  /** A sentence, if the target was not run or not finished. */
  problem?: string;
  /** Whether the problem is a failure, and not only files that are not here. */
  failed: boolean;
}

/** Speeds of two runs on an idle machine should differ by less. */
const SPEED_SHARE = 0.05;
const MAX_SHOWN = 20;

/** Writes what agrees and what differs, target by target. */
export function outcomeText({ target, fields, earlier, problem }: TargetOutcome): string {
  if (problem !== undefined) return `${target.name}: ${problem}\n`;
  const counts = (['exact', 'measured'] as const).map((kind) => countText(fields, kind)).join(', ');
  const wrong = fields.filter(({ agrees }) => !agrees);
  const shown = wrong.slice(0, MAX_SHOWN).map((field) => `  ${differenceText(field)}\n`);
  const more =
    wrong.length > MAX_SHOWN ? `  … and ${wrong.length - MAX_SHOWN} more, in differences.csv\n` : '';
  const note = earlier === undefined ? '' : `  of an earlier run; delete ${earlier} to run it again\n`;
  return `${target.name}: ${counts}${speedText(fields)}\n${note}${shown.join('')}${more}`;
}

function countText(fields: readonly ComparedField[], kind: FieldKind): string {
  const own = fields.filter((field) => field.kind === kind);
  const agreeing = own.filter(({ agrees }) => agrees).length;
  return kind === 'exact'
    ? `${agreeing} of ${own.length} deterministic fields equal`
    : `${agreeing} of ${own.length} qualities within their intervals`;
}

function differenceText({ row, column, committed, found, ratio }: ComparedField): string {
  const by = ratio === undefined ? '' : ` (× ${significant(ratio, 4)})`;
  return `${[row, column].filter(Boolean).join(', ')}: committed ${committed}, now ${found}${by}`;
}

/** Says how the speeds compare, and how many of them agree within 5 %. */
function speedText(fields: readonly ComparedField[]): string {
  const ratios = fields.flatMap(({ kind, ratio }) => (kind === 'speed' && ratio && ratio > 0 ? [ratio] : []));
  if (ratios.length === 0) return '';
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  const close = ratios.filter((ratio) => Math.abs(ratio - 1) <= SPEED_SHARE).length;
  return `; speeds × ${significant(mean)} of the committed ones, ${close} of ${ratios.length} within 5 %`;
}

/** Writes every compared field as CSV. */
export function differencesCsv(outcomes: readonly TargetOutcome[]): string {
  const header = ['target', 'table', 'row', 'column', 'kind', 'agrees', 'committed', 'found', 'ratio'];
  const rows = outcomes.flatMap(({ target, fields }) =>
    fields.map((f) => [
      target.name,
      f.table,
      f.row,
      f.column,
      f.kind,
      f.agrees,
      f.committed,
      f.found,
      f.ratio,
    ]),
  );
  return csvText([header, ...rows]);
}
