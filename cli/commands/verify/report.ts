import { LabError } from '../../../src/base/errors';
import { significant } from '../../../src/base/format';
import { isAgreed } from '../../../src/lab/crossCheck/verifyRecord';
import type { CrossCheck } from '../../../src/lab/crossCheck/crossCheck';

/** What became of one record or file. */
export interface VerifyRow {
  model: string;
  what: string;
  /** Or why there is none. */
  outcome: CrossCheck | LabError;
}

/** Whether the outcome is there and agrees. */
export function rowAgrees({ outcome }: VerifyRow): boolean {
  return !(outcome instanceof LabError) && isAgreed(outcome);
}

/** A Markdown table, and under it what was not checked or disagrees, in words; each remedy once. */
export function verifyText(rows: readonly VerifyRow[]): string {
  const good = rows.filter(rowAgrees).length;
  const lines = [
    '| Model | Codec | Loaded elsewhere | Inference agrees | largest \\|Δ log p\\| |',
    '| :-- | :-- | :-- | :-- | --: |',
    ...rows.map(rowText),
    '',
    ...rows.flatMap((row) => sentences(row).map((sentence) => `${row.model}, ${row.what}: ${sentence}`)),
    ...new Set(rows.flatMap(({ outcome }) => (outcome instanceof LabError ? [outcome.remedy] : []))),
    `${good} of ${rows.length} agree: ${good === rows.length ? 'PASS' : 'FAIL'}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function rowText({ model, what, outcome }: VerifyRow): string {
  const cells = outcome instanceof LabError ? ['not checked', 'not checked', '–'] : outcomeCells(outcome);
  return `| ${[model, `\`${what}\``, ...cells].join(' | ')} |`;
}

function outcomeCells({ loadedElsewhere, inferenceAgrees: run }: CrossCheck): string[] {
  const word = (agrees: boolean) => (agrees ? 'yes' : '**NO**');
  return [
    `${word(loadedElsewhere.agrees)}, ${loadedElsewhere.name}`,
    run ? `${word(run.agrees)}, ${run.name}` : 'not run',
    typeof run?.value === 'number' ? significant(run.value) : '–',
  ];
}

function sentences({ outcome }: VerifyRow): string[] {
  if (outcome instanceof LabError) return [outcome.message];
  const { difference } = outcome.loadedElsewhere;
  return difference ? [`${outcome.loadedElsewhere.name}: ${difference}.`] : [];
}
