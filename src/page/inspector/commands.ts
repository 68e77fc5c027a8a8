import { Cancelled, describeError } from '../../base/errors';
import { grouped } from '../../base/format';
import type { RecordFile } from '../../lab/artefacts/recordFile';
import type { LabRecord } from '../../lab/results/record';
import { occupy } from '../app/activity';
import type { Page } from '../app/page';
import { saveFile } from '../browser/files';
import { canBegin } from '../store/lab';
import { withRecords, type Entry } from '../store/records';

/** Whether a record was measured here; only such a record can be made again. */
export function isOwn({ origin }: Entry): boolean {
  return origin === 'measured' || origin === 'stored';
}

/** Has a record's weights read and run by other programs. The inspector shows the outcome, or why there is none. */
export async function crossCheckRecord(page: Page, record: LabRecord): Promise<void> {
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

/** Makes a record's weights into a file and saves it. The outcome is shown beside the menu of formats. */
export async function downloadRecord(page: Page, record: LabRecord, format: string): Promise<void> {
  if (!canBegin(page.lab.getState())) return;
  const { id } = record;
  page.records.setState({ made: null });
  try {
    const file = await occupy(
      page,
      'makeFile',
      ({ signal, say }) => page.client.call('makeFile', { record, format }, { signal, onProgress: say }),
      id,
    );
    saveFile(file.name, 'application/octet-stream', file.bytes as Uint8Array<ArrayBuffer>);
    page.records.setState({ made: { id, text: describe(file), failed: false } });
  } catch (error) {
    if (!(error instanceof Cancelled))
      page.records.setState({ made: { id, ...whyNot(error), failed: true } });
  }
}

function describe({ name, bytes, sha256, note }: RecordFile): string {
  const facts = `${name}: ${grouped(bytes.length)} bytes, sha256 ${sha256.slice(0, 12)}….`;
  return note === undefined ? facts : `${facts} ${note}`;
}

function whyNot(error: unknown): { text: string } {
  const { message, remedy } = describeError(error);
  return { text: `${message} ${remedy}` };
}
