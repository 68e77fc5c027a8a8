import type { ArtefactSize } from '../../../src/artefact/layout';
import { fixed, grouped, significant } from '../../../src/base/format';
import type { ArtefactFile } from '../../../src/platform/node/artefactFile';
import { peakMemoryLine } from '../../../src/platform/node/peakMemory';

/** Returns the path of an artefact, its size, its checksum and the peak memory of the process. */
export function compressText(path: string, size: ArtefactSize, { sha256 }: ArtefactFile): string {
  const { totalBytes, assetBytes, bitsPerWeight, bitsPerCodedWeight, ratioFloat32 } = size;
  return (
    `${path}\n` +
    `${grouped(totalBytes)} bytes (${grouped(totalBytes - assetBytes)} without tokenizer and preprocessor), ` +
    `${significant(ratioFloat32)}× smaller than float32\n` +
    `${fixed(bitsPerWeight, 3)} bits per weight, ${fixed(bitsPerCodedWeight, 3)} per coded weight\n` +
    `sha256 ${sha256}\n${peakMemoryLine()}\n`
  );
}
