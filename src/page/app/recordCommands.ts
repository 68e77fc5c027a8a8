import { LabError } from '../../base/errors';
import { recordsToCsv, recordsToMarkdown } from '../../lab/results/export';
import { fileStamp } from '../../base/format';
import { parseRecord } from '../../lab/results/record';
import type { LabRecord } from '../../lab/results/record';
import { plainName } from '../store/modelsStore';
import { cohortOf, cohortsFor, shownCohort, withRecords } from '../store/recordsStore';
import { copyText, download } from '../browser/files';
import type { Page } from './page';
import { showError } from './activity';

/** Records on the curve and in the table now: what an export holds. */
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
  // Serialised records are validated on the way out, as they are on the way in.
  download(
    `bitcurve-${model}-${fileStamp(new Date())}.${extension}`,
    type,
    write(records.map((r) => parseRecord(r))),
  );
}

export async function copyMarkdown(page: Page): Promise<boolean> {
  try {
    await copyText(recordsToMarkdown(shownRecords(page)));
    return true;
  } catch (error) {
    showError(page, error);
    return false;
  }
}

/** Overlays records of a file: an array of records, or one of them. Nothing is shown unless all of it is valid. */
export async function importFile(page: Page, file: Blob & { name: string }): Promise<void> {
  try {
    const records = await parseFile(await file.text());
    page.records.setState((s) => ({ own: withRecords(s.own, records, 'imported') }));
    showImported(page, records);
  } catch (error) {
    showError(page, error, file.name);
  }
}

/** Brings the first imported record into view. */
function showImported(page: Page, records: readonly LabRecord[]): void {
  const model = plainName(page.plans.getState().draft.model);
  const visible = records.find((r) => r.model.id === model) ?? records[0];
  page.records.setState({ cohort: cohortOf(visible), selected: null, model: visible.model.id });
}

const CHUNK = 25;

/** Validates in chunks, so that a file of many records does not hold up the page. */
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

/** Records of earlier visits. Without storage the page works, and says that nothing will be kept. */
export async function loadKept(page: Page): Promise<void> {
  try {
    const records = await (await page.kept).list();
    page.records.setState((s) => ({
      own: withRecords(
        s.own,
        records.filter((r) => !s.own.has(r.id)),
        'stored',
      ),
    }));
  } catch (error) {
    showError(page, error, 'History');
  }
}

export async function deleteRecord(page: Page, id: string): Promise<void> {
  await forget(page, [id], async () => (await page.kept).delete(id));
}

export async function clearHistory(page: Page): Promise<void> {
  await forget(page, [...page.records.getState().own.keys()], async () => (await page.kept).clear());
}

async function forget(page: Page, ids: readonly string[], remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
    const gone = new Set(ids);
    page.records.setState((s) => ({
      own: new Map([...s.own].filter(([id]) => !gone.has(id))),
      selected: s.selected !== null && gone.has(s.selected) ? null : s.selected,
    }));
  } catch (error) {
    showError(page, error, 'History');
  }
}

/** Recorded runs that ship with the page: public/examples/index.json lists the files beside it. */
export async function loadExamples(page: Page): Promise<void> {
  try {
    const files = await fetchJson('examples/index.json');
    if (!Array.isArray(files)) return;
    const lists = await Promise.all(files.map((name) => fetchJson(`examples/${String(name)}`)));
    const examples = lists.flat().map(parseRecord);
    page.records.setState({ examples });
  } catch (error) {
    showError(page, error, 'Recorded examples');
  }
}

async function fetchJson(path: string): Promise<unknown> {
  try {
    const response = await fetch(new URL(path, document.baseURI));
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return await response.json();
  } catch (cause) {
    throw new LabError(
      'network',
      `Could not load ${path}.`,
      'Check the connection and reload the page.',
      cause,
    );
  }
}
