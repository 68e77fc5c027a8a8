import type { Lab } from '../../src/lab/lab';
import { modelName } from '../../src/lab/results/modelName';
import type { LabRecord } from '../../src/lab/results/record';
import { recordFile, type RecordFile } from '../../src/lab/artefacts/recordFile';

/**
 * A record's weights as a file for the page to hand out.
 * @param format an id of `recordFormats`
 * @param say what is under way
 * @throws LabError when it cannot be made here, with the reason; Cancelled
 */
export function pageDownload(
  lab: Lab,
  record: LabRecord,
  format: string,
  signal: AbortSignal,
  say: (step: string) => void,
): Promise<RecordFile> {
  return recordFile(lab, record, format, { modelName: modelName(record.model), signal, say });
}
