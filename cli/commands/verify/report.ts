import { LabError } from '../../../src/base/errors';
import { significant } from '../../../src/base/format';
import { isAgreed } from '../../../src/lab/crossCheck/verifyRecord';
import type { CrossCheck } from '../../../src/lab/crossCheck/crossCheck';

/** The outcome for one record or file. */
export interface VerifyRow {
  model: string;
  what: string;
  /** The cross-check, or the error that prevented it. */
  outcome: CrossCheck | LabError;
}

/** Whether the record or file was checked and agrees. */
export function rowAgrees({ outcome }: VerifyRow): boolean {
  return !(outcome instanceof LabError) && isAgreed(outcome);
}

/** Returns a Markdown table, followed by a line for each record that differs or was not checked, and by each remedy once. */
export function verifyText(rows: readonly VerifyRow[]): string {
  const good = rows.filter(rowAgrees).length;
  const lines = [
    '| Model | Codec | Independent reader agrees | Independent runtime agrees | Largest \\|Δ log p\\|, nats |',
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
