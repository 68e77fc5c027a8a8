import { LabError } from '../../base/errors';
import { recordsToCsv, recordsToMarkdown } from '../../lab/results/export';
import { fileStamp } from '../../base/format';
import { parseRecord } from '../../lab/results/record';
import type { LabRecord } from '../../lab/results/record';
import { plainName } from '../store/models';
import { cohortOf } from '../../lab/results/cohort';
import { cohortsFor, shownCohort, withRecords } from '../store/records';
import { copyToClipboard, saveFile } from '../browser/files';
import type { Page } from '../app/page';
import { showError } from '../app/activity';

/** Returns the records on the curve and in the table, which exports contain. */
function shownRecords(page: Page): LabRecord[] {
  const records = page.records.getState();
  const { cohorts } = cohortsFor(records, records.model ?? plainName(page.plans.getState().draft.model));
  return (shownCohort(cohorts, records.cohort)?.entries ?? []).map((e) => e.record);
}

export function exportJson(page: Page, records = shownRecords(page)): void {
  save(page, records, 'json', 'application/json', (all) => `${JSON.stringify(all, null, 1)}\n`);
}

export function exportCsv(page: Page): void {
  save(page, shownRecords(page), 'csv', 'text/csv', recordsToCsv);
}

function save(
  page: Page,
  records: LabRecord[],
  extension: string,
  type: string,
  write: (records: LabRecord[]) => string,
): void {
  if (records.length === 0)
    return showError(page, new LabError('bad-input', 'There is no record to export.', 'Run a plan first.'));
  const models = [...new Set(records.map((r) => r.model.id.replace(/[^\w.-]+/g, '-')))];
  const model = models.length === 1 ? models[0] : 'records';
  // Records are validated on export as on import.
  saveFile(
    `bitcurve-${model}-${fileStamp(new Date())}.${extension}`,
    type,
    write(records.map((r) => parseRecord(r))),
  );
}

/** Copies the shown records as a Markdown table. @returns whether the browser allowed it */
export async function copyMarkdown(page: Page): Promise<boolean> {
  try {
    await copyToClipboard(recordsToMarkdown(shownRecords(page)));
    return true;
  } catch (error) {
    showError(page, error);
    return false;
  }
}

/** Imports a file with one record or an array of records. If one of them is invalid, nothing is imported. */
export async function importFile(page: Page, file: Blob & { name: string }): Promise<void> {
  try {
    const records = await parseFile(await file.text());
    page.records.setState((s) => ({ own: withRecords(s.own, records, 'imported') }));
    showImported(page, records);
  } catch (error) {
    showError(page, error, file.name);
  }
}

/** Shows the cohort of the first imported record. */
function showImported(page: Page, records: readonly LabRecord[]): void {
  const model = plainName(page.plans.getState().draft.model);
  const visible = records.find((r) => r.model.id === model) ?? records[0];
  page.records.setState({ cohort: cohortOf(visible), selected: null, model: visible.model.id });
}

const CHUNK = 25;

/** Validates records in chunks, so that a file of many records does not block the page. */
async function parseFile(text: string): Promise<LabRecord[]> {
  const list = listOf(text);
  if (list.length === 0)
    throw new LabError('bad-file', 'The file holds no records.', 'Choose a JSON file exported by Bitcurve.');
  const records: LabRecord[] = [];
  for (let i = 0; i < list.length; i += CHUNK) {
    records.push(...list.slice(i, i + CHUNK).map(parseRecord));
    await new Promise((resolve) => setTimeout(resolve));
  }
  return records;
}

function listOf(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch (cause) {
    throw new LabError(
      'bad-file',
      'The file is not JSON.',
      'Choose a JSON file exported by Bitcurve.',
      cause,
    );
  }
}
