import { LabError } from '../../../base/errors';
import { recordsToCsv, recordsToMarkdown } from '../../../lab/results/export';
import { parseRecord } from '../../../lab/results/record';
import { sampleRecord } from '../../sampleRecord';
import { jsonBytes } from '../anyJson';
import { jsonReader } from '../jsonReader';

const image = sampleRecord({
  quality: { ...sampleRecord().quality, task: 'image-accuracy', images: 8, loss: 0.3 },
  samples: [{ correct: 2, baselineCorrect: 2, images: 8, gained: 1, lost: 1, bits: 'a0' }],
  codec: {
    ...sampleRecord().codec,
    calibration: { dataset: 'x', sha256: 'aa', windows: 3, seeds: [1, 2], values: [1, 2] },
  },
  training: {
    ...{ kind: 'qat', steps: 10, batch: 2, length: 8, optimiser: 'AdamW', learningRate: 1e-3, seed: 1 },
    ...{ dataset: 'x', datasetSha256: 'aa', from: 'bb' },
    distillation: { weight: 0.5, temperature: 2, teacher: 'cc' },
  },
});

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    // The page and the command line report this error about their files.
    throw new LabError('bad-file', 'The file is not JSON.', 'Choose another.', cause);
  }
}

function read(bytes: Uint8Array): void {
  const record = parseRecord(parse(bytes));
  if (!recordsToCsv([record]).includes('\n') || recordsToMarkdown([record]) === '')
    throw new Error('no table');
}

/** The reader of records. */
export default jsonReader({
  name: 'record',
  reads: 'records, written as tables',
  cases: 5000,
  memory: { factor: 1 },
  seeds: () => [sampleRecord(), image].map(jsonBytes),
  read,
});
