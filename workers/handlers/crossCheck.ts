import { hubReader } from '../../src/lab/crossCheck/hubReader';
import { verifyRecord } from '../../src/lab/crossCheck/verifyRecord';
import { webRuntime } from '../../src/platform/browser/crossCheckRuntime';
import type { Lab } from '../../src/lab/lab';
import { modelName } from '../../src/lab/results/modelName';
import { parseRecord, type LabRecord } from '../../src/lab/results/record';
import type { RecordStore } from '../../src/lab/results/store';

/**
 * Has a record's weights read and run by programs that are not ours, beside the lab's own GPU.
 * @param say what is under way
 * @returns the record with the outcome, as it is kept from now on
 * @throws LabError when that cannot be done here, with the reason; Cancelled
 */
export async function pageVerification(
  lab: Lab,
  record: LabRecord,
  store: RecordStore,
  signal: AbortSignal,
  say: (step: string) => void,
): Promise<LabRecord> {
  say('loading a reader and a runtime that are not ours');
  const tools = { reader: await hubReader(), runtime: await webRuntime() };
  const verified = parseRecord(
    await verifyRecord(lab, record, modelName(record.model), { tools, signal, say }),
  );
  await store.save(verified);
  return verified;
}
