import { pageAddress } from '../app/address';
import type { Page } from '../app/page';
import type { LabRecord } from '../../lab/results/record';
import { cohortOf } from '../../lab/results/cohort';
import type { ShownPart, ViewId } from './views';

/** Shows a view, which becomes an entry of the browser's history. */
export function showView(page: Page, view: ViewId): void {
  if (page.view.getState().view !== view) showPart(page, { view });
}

/** Shows another part of the page, which becomes an entry of the browser's history. */
export function showPart(page: Page, part: Partial<ShownPart>): void {
  page.view.setState(part);
  history.pushState(null, '', pageAddress(page));
}

/** Shows a record on the curve. */
export function showRecord(page: Page, record: LabRecord): void {
  page.records.setState({ cohort: cohortOf(record), selected: record.id, model: record.model.id });
  showView(page, 'curve');
}
