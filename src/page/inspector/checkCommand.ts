import { Cancelled, describeError } from '../../base/errors';
import type { LabRecord } from '../../lab/results/record';
import type { Page } from '../app/page';
import { canRun, tracked } from '../app/runCommands';
import { withRecords, type Entry } from '../store/recordsStore';

/** Whether a record is the user's own: only these can be made again here. */
export function isOwn({ origin }: Entry): boolean {
  return origin === 'measured' || origin === 'stored';
}

/** Has a record's weights read and run by other programs; the outcome, or why there is none, stands in the inspector. */
export async function checkRecordElsewhere(page: Page, record: LabRecord): Promise<void> {
  if (!canRun(page)) return;
  const { id } = record;
  page.records.setState({ checking: { id, step: 'starting' }, checkFailed: null });
  try {
    const job = page.client.verify(record, (step) => page.records.setState({ checking: { id, step } }));
    const verified = await tracked(page, job);
    page.records.setState((s) => ({
      own: withRecords(s.own, [verified], s.own.get(id)?.origin ?? 'stored'),
    }));
  } catch (error) {
    if (!(error instanceof Cancelled))
      page.records.setState({ checkFailed: { id, ...describeError(error) } });
  } finally {
    page.records.setState({ checking: null });
  }
}
