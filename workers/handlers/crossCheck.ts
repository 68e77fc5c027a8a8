import { hubReader } from '../../src/lab/crossCheck/hubReader';
import { verifyRecord } from '../../src/lab/crossCheck/verifyRecord';
import { webRuntime } from '../../src/platform/browser/onnxRuntime';
import { checkedLab } from '../../src/lab/measuringLab';
import { modelName } from '../../src/lab/results/modelName';
import { parseRecord } from '../../src/lab/results/record';
import type { LabHandler } from './context';

/** Cross-checks a record's weights with independent programs, and stores the record with the outcome. */
export const handleCrossCheck: LabHandler<'crossCheck'> = async (
  record,
  { openLab, records, signal, report },
) => {
  report('loading an independent reader and an independent runtime');
  const tools = { reader: await hubReader(), runtime: await webRuntime() };
  const checked = parseRecord(
    await verifyRecord(await checkedLab(await openLab(), signal), record, modelName(record.model), {
      tools,
      signal,
      say: report,
    }),
  );
  await (await records()).save(checked);
  return checked;
};
