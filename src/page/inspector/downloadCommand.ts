import { Cancelled, describeError } from '../../base/errors';
import { grouped } from '../../base/format';
import type { LabRecord } from '../../lab/results/record';
import type { RecordFile } from '../../lab/artefacts/recordFile';
import type { Page } from '../app/page';
import { canRun, tracked } from '../app/runCommands';
import { download } from '../browser/files';

/** Makes a record's weights into a file and hands it out; what came of it stands beside the menu. */
export async function downloadRecord(page: Page, record: LabRecord, format: string): Promise<void> {
  if (!canRun(page)) return;
  const { id } = record;
  page.records.setState({ making: { id, step: 'starting' }, made: null });
  try {
    const job = page.client.make(record, format, (step) => page.records.setState({ making: { id, step } }));
    const file = await tracked(page, job);
    download(file.name, 'application/octet-stream', file.bytes as Uint8Array<ArrayBuffer>);
    page.records.setState({ made: { id, text: describe(file), failed: false } });
  } catch (error) {
    if (!(error instanceof Cancelled))
      page.records.setState({ made: { id, ...whyNot(error), failed: true } });
  } finally {
    page.records.setState({ making: null });
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
