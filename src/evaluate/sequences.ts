import { concatenate } from '../base/concatenate';
import { maxSequences } from '../runtime/forward/forward';
import { batchLimits, batchSize, type ScoredBatch } from './batches';
import { Evaluator, type EvaluatorInput, type MeasuredWeights, type RunControl } from './evaluator';

/** A sequence of which the last tokens are scored. */
export interface ScoredSequence {
  /** At most one more than the model's context, since the last token is not run. */
  ids: Uint32Array;
  /** Position of the first token whose loss counts, at least 1. */
  firstScored: number;
  /** What errors call it. */
  name: string;
}

/** The losses of one sequence, a number for each scored token. */
export interface SequenceLosses {
  /** Index of the sequence. */
  index: number;
  /** Negative log-likelihood, in nats. */
  nll: Float64Array;
  /** The most likely token; the first of equal ones. */
  top: Uint32Array;
  /** 1 + the number of tokens that are more likely; absent unless it was asked for. */
  rank?: Uint32Array;
}

/** What computes them. */
export interface SequenceInput extends Pick<EvaluatorInput, 'gpu' | 'cpu' | 'shape' | 'memoryBytes'> {
  /** Computes ranks, too, which takes the head's products twice. */
  withRank?: boolean;
}

/**
 * Scores sequences of any length with some weights, batch by batch, the longest first. Sequences of like length share batches, padded to
 * the same number of tokens: what follows a token does not change its loss.
 * @throws LabError not-finite naming the sequence; Cancelled
 */
export async function* scoreSequences(
  input: SequenceInput,
  weights: MeasuredWeights,
  sequences: readonly ScoredSequence[],
  control: Omit<RunControl, 'onProgress'>,
): AsyncGenerator<SequenceLosses[]> {
  const buckets = new Map<number, number[]>();
  for (const [index, { ids }] of sequences.entries()) {
    const length = paddedLength(ids.length - 1, input.shape.maxContext);
    const bucket = buckets.get(length);
    if (bucket) bucket.push(index);
    else buckets.set(length, [index]);
  }
  for (const [length, members] of [...buckets].sort(([a], [b]) => b - a))
    yield* scoreBucket(input, weights, { sequences, members, length }, control);
}

/** A length that several sequences are padded to: a power of two, or one and a half, so that at most a third is padding. */
export function paddedLength(length: number, maxContext: number): number {
  let power = 16;
  while (power < length) power *= 2;
  const between = 0.75 * power;
  return Math.min(maxContext, power > 16 && between >= length ? between : power);
}

interface Bucket {
  sequences: readonly ScoredSequence[];
  /** Indices of the sequences of this length. */
  members: readonly number[];
  length: number;
}

async function* scoreBucket(
  input: SequenceInput,
  weights: MeasuredWeights,
  { sequences, members, length }: Bucket,
  control: Omit<RunControl, 'onProgress'>,
): AsyncGenerator<SequenceLosses[]> {
  const { gpu, shape } = input;
  const limits = batchLimits(gpu);
  const size = batchSize(members.length, length, maxSequences(limits, shape, length), limits.software);
  const parts = Array.from({ length: Math.ceil(members.length / size) }, (_, b) =>
    members.slice(b * size, (b + 1) * size),
  );
  const rowNames = members.flatMap((index) =>
    Array<string>(scoredOf(sequences[index])).fill(sequences[index].name),
  );
  const evaluator = new Evaluator<undefined>({
    ...input,
    baseline: weights,
    metrics: input.withRank ? 'rank' : 'perplexity',
    units: { sequences: members.length, length },
    batches: parts.map((part) =>
      sequenceBatch(
        part.map((index) => sequences[index]),
        size,
        length,
      ),
    ),
    sequences: size,
    length,
    nameRow: (row) => rowNames[row],
    summarise: () => undefined,
  });
  try {
    let batch = 0;
    for await (const { nll, top, rank } of evaluator.lossesByBatch(weights, control)) {
      let row = 0;
      yield parts[batch++].map((index) => {
        const end = row + scoredOf(sequences[index]);
        const losses = {
          ...{ index, nll: nll.slice(row, end), top: top.slice(row, end) },
          ...(rank && { rank: rank.slice(row, end) }),
        };
        row = end;
        return losses;
      });
    }
  } finally {
    evaluator.dispose();
  }
}

function sequenceBatch(sequences: readonly ScoredSequence[], size: number, length: number): ScoredBatch {
  return {
    items: sequences.length,
    // Row r of a sequence predicts its token r + 1.
    segments: sequences.map((sequence, s) => ({
      firstRow: s * length + sequence.firstScored - 1,
      rows: scoredOf(sequence),
    })),
    targets: concatenate(
      Uint32Array,
      sequences.map(({ ids, firstScored }) => ids.subarray(firstScored)),
    ),
    input: () => {
      const values = new Uint32Array(size * length);
      for (const [s, { ids }] of sequences.entries()) values.set(ids.subarray(0, -1), s * length);
      return values;
    },
  };
}

function scoredOf({ ids, firstScored }: ScoredSequence): number {
  return ids.length - firstScored;
}
