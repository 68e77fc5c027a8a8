import { fixed, grouped, significant } from '../../../../src/base/format';
import { DASH, markdownTable } from '../../../../src/base/markdown';
import { measuredWhere, verdictText } from '../../../../src/lab/results/export';
import { deltaText } from '../../../../src/lab/results/recordText';
import { fileBytes, type LabRecord } from '../../../../src/lab/results/record';
import type { StoredPair } from './measure';

/** A measured delta of a pair. */
export interface MeasuredDelta {
  pair: string;
  record: LabRecord;
}

/** Returns the tables of the pairs as a Markdown document. */
export function pairsText(stored: readonly StoredPair[], measured: readonly MeasuredDelta[]): string {
  const chain = stored.filter(({ pair }) => !pair.isMeasured);
  const pairs = stored.filter(({ pair }) => pair.isMeasured);
  return `# Deltas of models

Written by \`npm run delta -- pairs\`. The fine-tuned models are those of the lab's own trainer, on few tokens or images; the noise is the
example of Sparse. [delta.md](../delta.md) describes encoders and measures.

## Bit for bit

"Identical" is the share of values that have the bits of the base. "Of that by the base" compares the delta with the fine-tuned tensors
entropy-coded in the same byte planes, without a base. Rates are bytes of the fine-tuned model divided by the processor time of the
whole process, which depends less on what else runs; the peak is its resident memory.

${storedTable(pairs)}
## From step to step

Checkpoints of one run with a learning rate of 1e-6, as reinforcement learning has it, each stored as the difference from the one before.

${storedTable(chain)}
## Quality

What the deltas restore, against the fine-tuned model, and the verdict against plain rounding of the fine-tuned model itself of no more
bytes. \`file(….exact.delta)\` keeps every bit; \`0.05\` and \`0.5\` are the largest errors of a tensor's difference.${whereText(measured)}

${qualityTable(measured)}`;
}

function whereText(measured: readonly MeasuredDelta[]): string {
  return measured.length === 0 ? '' : ` ${measuredWhere(measured.map(({ record }) => record))}`;
}

function storedTable(pairs: readonly StoredPair[]): string {
  return markdownTable<StoredPair>(
    [
      ['Pair', ({ pair }) => pair.name, 'left'],
      ['Type', ({ pair }) => pair.type, 'left'],
      ['Identical', ({ identical }) => `${fixed(100 * identical, 2)} %`],
      ['Fine-tuned bytes', ({ tunedBytes }) => grouped(tunedBytes)],
      ['Exact delta, bytes', ({ bytes }) => grouped(bytes)],
      ['Smaller by', ({ bytes, tunedBytes }) => `${significant(tunedBytes / bytes)}×`],
      ['Of that by the base', ({ bytes, aloneBytes }) => gain(aloneBytes / bytes)],
      ['Make, MB/s', ({ make, tunedBytes }) => rate(tunedBytes, make.processorSeconds)],
      ['Apply, MB/s', ({ apply, tunedBytes }) => rate(tunedBytes, apply.processorSeconds)],
      [
        'Peak, MiB: make / apply',
        ({ make, apply }) => `${mebibytes(make.peakBytes)} / ${mebibytes(apply.peakBytes)}`,
      ],
    ],
    pairs,
  );
}

/** Shares of a gain that are only the headers' and not worth a base. */
const NEGLIGIBLE = 1.01;

const gain = (ratio: number) => (ratio > NEGLIGIBLE ? `${significant(ratio)}×` : 'no gain');
const rate = (bytes: number, seconds: number) => fixed(bytes / 1e6 / seconds, 1);
const mebibytes = (bytes: number) => grouped(bytes / 2 ** 20);

function qualityTable(measured: readonly MeasuredDelta[]): string {
  return markdownTable<MeasuredDelta>(
    [
      ['Pair', ({ pair }) => pair, 'left'],
      ['Delta', ({ record }) => `\`${record.codec.spec}\``, 'left'],
      ['Bytes', ({ record }) => grouped(fileBytes(record))],
      ['Bits/weight', ({ record }) => fixed(record.size.bitsPerWeight, 2)],
      ['Δ perplexity %, of images points [95 %]', ({ record }) => deltaText(record)],
      [
        'Verdict against plain rounding in no more bytes',
        ({ record }) => (record.verdict ? verdictText(record.verdict) : DASH),
        'left',
      ],
    ],
    measured,
  );
}
