import { Cancelled, describeError } from '../../base/errors';
import { grouped } from '../../base/format';
import type { LabRecord } from '../../lab/results/record';
import type { RecordFile } from '../../lab/artefacts/recordFile';
import { occupy } from '../app/activity';
import type { Page } from '../app/page';
import { download } from '../browser/files';
import { canBegin } from '../store/labStore';

/** Makes a record's weights into a file and hands it out; what came of it stands beside the menu. */
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
    download(file.name, 'application/octet-stream', file.bytes as Uint8Array<ArrayBuffer>);
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
