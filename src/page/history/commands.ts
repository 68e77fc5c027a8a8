import { LabError } from '../../base/errors';
import { parseRecord } from '../../lab/results/record';
import { showError } from '../app/activity';
import type { Page } from '../app/page';
import { withRecords } from '../store/records';

/** Loads the records of earlier visits. Without storage the page works, and says that nothing will be kept. */
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

/** Loads the recorded runs that ship with the page; public/examples/index.json lists their files. */
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
