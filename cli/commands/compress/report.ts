import type { Compressed } from '../../../src/artefact/compress';
import { fixed, grouped, significant } from '../../../src/base/format';
import { fileLossText } from '../../../src/codecs/contract/assigner';
import type { ArtefactFile } from '../../../src/platform/node/artefactFile';
import { peakMemoryLine } from '../../../src/platform/node/peakMemory';

/** Returns the path of an artefact, its size, the loss it was chosen for, its checksum and the peak memory of the process. */
export function compressText(path: string, { size, file, trial }: Compressed<ArtefactFile>): string {
  const { totalBytes, assetBytes, bitsPerWeight, bitsPerCodedWeight, ratioFloat32 } = size;
  const loss = trial ? `${fileLossText(trial)} of the calibration data, which calibrated nothing\n` : '';
  return (
    `${path}\n` +
    `${grouped(totalBytes)} bytes (${grouped(totalBytes - assetBytes)} without tokenizer and preprocessor), ` +
    `${significant(ratioFloat32)}× smaller than float32\n` +
    `${fixed(bitsPerWeight, 3)} bits per weight, ${fixed(bitsPerCodedWeight, 3)} per coded weight\n` +
    `${loss}sha256 ${file.sha256}\n${peakMemoryLine()}\n`
  );
}
