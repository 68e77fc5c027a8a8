import { Cancelled, describeError } from '../../base/errors';
import { grouped } from '../../base/format';
import type { RecordFile } from '../../lab/artefacts/recordFile';
import type { LabRecord } from '../../lab/results/record';
import { runActivity } from '../app/activity';
import type { Page } from '../app/page';
import { saveFile } from '../browser/files';
import { canStart } from '../store/lab';
import { withRecords, type Entry } from '../store/records';

/** Whether a record was measured in this browser; only then can its file be built again. */
export function isOwn({ origin }: Entry): boolean {
  return origin === 'measured' || origin === 'stored';
}

/** Cross-checks a record's weights with independent programs. The inspector shows the outcome, or why there is none. */
export async function crossCheckRecord(page: Page, record: LabRecord): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  const { id } = record;
  page.records.setState({ crossCheckFailure: null });
  try {
    const checked = await runActivity(
      page,
      'crossCheck',
      ({ signal, showStep }) => page.client.call('crossCheck', record, { signal, onProgress: showStep }),
      id,
    );
    page.records.setState((s) => ({
      own: withRecords(s.own, [checked], s.own.get(id)?.origin ?? 'stored'),
    }));
  } catch (error) {
    if (!(error instanceof Cancelled))
      page.records.setState({ crossCheckFailure: { id, ...describeError(error) } });
  }
}

/** Writes a record's weights to a file and saves it. The outcome is shown beside the menu of formats. */
export async function downloadRecord(page: Page, record: LabRecord, format: string): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  const { id } = record;
  page.records.setState({ fileOutcome: null });
  try {
    const file = await runActivity(
      page,
      'makeFile',
      ({ signal, showStep }) =>
        page.client.call('makeFile', { record, format }, { signal, onProgress: showStep }),
      id,
    );
    saveFile(file.name, 'application/octet-stream', file.content as BlobPart);
    page.records.setState({ fileOutcome: { id, text: describe(file), failed: false } });
  } catch (error) {
    if (!(error instanceof Cancelled))
      page.records.setState({ fileOutcome: { id, text: failureText(error), failed: true } });
  }
}

function describe({ name, byteLength, sha256, note }: RecordFile): string {
  const facts = `${name}: ${grouped(byteLength)} bytes, sha256 ${sha256.slice(0, 12)}….`;
  return note === undefined ? facts : `${facts} ${note}`;
}

function failureText(error: unknown): string {
  const { message, remedy } = describeError(error);
  return `${message} ${remedy}`;
}
