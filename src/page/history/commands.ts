import { parseRecord } from '../../lab/results/record';
import { showError } from '../app/activity';
import type { Page } from '../app/page';
import { fetchJson } from '../browser/fetchJson';
import { withRecords } from '../store/records';

/**
 * Loads the records of earlier visits. Without storage the page works, and a notice says that nothing is stored. A frame in another page
 * has none: most browsers refuse it the store.
 */
export async function loadStoredRecords(page: Page): Promise<void> {
  if (page.view.getState().embedded) return;
  try {
    const records = await (await page.recordStore).list();
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
  await removeRecords(page, [id], async () => (await page.recordStore).delete(id));
}

export async function clearHistory(page: Page): Promise<void> {
  await removeRecords(page, [...page.records.getState().own.keys()], async () =>
    (await page.recordStore).clear(),
  );
}

async function removeRecords(page: Page, ids: readonly string[], remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
    const removed = new Set(ids);
    page.records.setState((s) => ({
      own: new Map([...s.own].filter(([id]) => !removed.has(id))),
      selected: s.selected !== null && removed.has(s.selected) ? null : s.selected,
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
