import { recordFile } from '../../src/lab/artefacts/recordFile';
import { modelName } from '../../src/lab/results/modelName';
import type { LabHandler } from './context';

/** Writes a record's weights to a file for download. */
export const handleMakeFile: LabHandler<'makeFile'> = async (
  { record, format },
  { measuringLab, signal, report },
) =>
  recordFile(await measuringLab(signal), record, format, {
    modelName: modelName(record.model),
    signal,
    say: report,
  });
