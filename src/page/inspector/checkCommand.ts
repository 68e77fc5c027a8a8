import { Cancelled, describeError } from '../../base/errors';
import type { LabRecord } from '../../lab/results/record';
import { occupy } from '../app/activity';
import type { Page } from '../app/page';
import { canBegin } from '../store/labStore';
import { withRecords, type Entry } from '../store/recordsStore';

/** Whether a record is the user's own: only these can be made again here. */
export function isOwn({ origin }: Entry): boolean {
  return origin === 'measured' || origin === 'stored';
}

/** Has a record's weights read and run by other programs; the outcome, or why there is none, stands in the inspector. */
export async function checkRecordElsewhere(page: Page, record: LabRecord): Promise<void> {
  if (!canBegin(page.lab.getState())) return;
  const { id } = record;
  page.records.setState({ checkFailed: null });
  try {
    const checked = await occupy(
      page,
      'crossCheck',
      ({ signal, say }) => page.client.call('crossCheck', record, { signal, onProgress: say }),
      id,
    );
    page.records.setState((s) => ({
      own: withRecords(s.own, [checked], s.own.get(id)?.origin ?? 'stored'),
    }));
  } catch (error) {
    if (!(error instanceof Cancelled))
      page.records.setState({ checkFailed: { id, ...describeError(error) } });
  }
}
