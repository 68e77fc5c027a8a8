import { recordFile } from '../../src/lab/artefacts/recordFile';
import { modelName } from '../../src/lab/results/modelName';
import type { LabHandler } from './context';

/** Makes a record's weights into a file that the page hands out. */
export const handleMakeFile: LabHandler<'makeFile'> = ({ record, format }, { lab, signal, report }) =>
  recordFile(lab, record, format, { modelName: modelName(record.model), signal, say: report });
