import { boundedSpans, CHUNK_ROWS, kernelOf, type RowRangeBuffers, type Session } from './session';

/** The codebooks [first, last) that take part in a step. */
interface CodebookRange {
  first: number;
  last: number;
}

/** Records e = target − decoded with codebooks below `last`. */
export async function recordResidual(session: Session, last: number): Promise<void> {
  for (const range of session.ranges)
    await recordDecoded(session, range, { first: 0, last }, session.books, { keep: 1, sign: 1 });
}

/** Records e = keep · target − sign · what the codes give with these codebooks. */
async function recordDecoded(
  session: Session,
  { rows, target, codes, e }: RowRangeBuffers,
  { first, last }: CodebookRange,
  books: GPUBuffer,
  { keep, sign }: { keep: number; sign: number },
): Promise<void> {
  const { columns, groups, codebooks, entries, size } = session.layout;
  const sizes = { rows, columns, codebooks, entries, first, last, keep, sign };
  const costOfGroup = 4 * rows * size * codebooks;
  for (const span of boundedSpans(session, groups, costOfGroup))
    await session.job.dispatch(kernelOf(session, 'residual'), {
      params: { ...sizes, firstGroup: span.first, groups: span.count },
      bindings: { target_: target, codes, books, out: e },
      threads: rows * span.count,
      cost: costOfGroup * span.count,
    });
}

/** Records q = G·e for groups [first, first + count); nothing where G is the identity. */
async function recordProject(
  session: Session,
  { rows, e, q }: RowRangeBuffers,
  first: number,
  count: number,
): Promise<void> {
  const { columns, padded, size } = session.layout;
  const { gram } = session.metric;
  if (!gram) return;
  const costOfGroup = 2 * rows * columns * size;
  for (const part of gram.parts)
    for (const span of boundedSpans(session, count, costOfGroup))
      await session.job.dispatch(kernelOf(session, 'project'), {
        params: {
          rows,
          firstGroup: first + span.first,
          groups: span.count,
          width: padded / 4,
          firstRow: part.firstRow,
          count: part.rows,
        },
        bindings: { gram: part.buffer, e, q },
        threads: rows * span.count,
        cost: (costOfGroup * span.count * part.rows) / columns,
      });
}

/** Records sums by entry of q weighted by rows, and of the metric's diagonal, for codebooks [first, last). */
async function recordSums(session: Session, { first, last }: CodebookRange): Promise<void> {
  const { size, entries } = session.layout;
  const { job, ranges, partials, sums } = session;
  const count = (last - first) * entries;
  for (const [i, range] of ranges.entries()) {
    await recordGather(session, range, first, count);
    const chunks = Math.ceil(range.rows / CHUNK_ROWS);
    await job.dispatch('codecs/aqlm/reduce', {
      params: { count: 2 * size * count, chunks, later: Number(i > 0) },
      bindings: { partials, sums },
      threads: 2 * size * count,
      cost: 2 * size * count * chunks,
    });
  }
}

async function recordGather(
  session: Session,
  { rows, q, codes, weight }: RowRangeBuffers,
  firstCodebook: number,
  count: number,
): Promise<void> {
  const { groups, codebooks, entries } = session.layout;
  const sizes = { rows, groups, codebooks, entries, firstCodebook, count, chunkRows: CHUNK_ROWS };
  const costOfChunk = 2 * CHUNK_ROWS * groups * count;
  for (const span of boundedSpans(session, Math.ceil(rows / CHUNK_ROWS), costOfChunk))
    await session.job.dispatch(kernelOf(session, 'gather'), {
      params: { ...sizes, firstChunk: span.first, chunks: span.count },
      bindings: { q, codes, weight, diagonal: session.metric.diagonal, partials: session.partials },
      threads: span.count * count,
      cost: costOfChunk * span.count,
    });
}

/** Records one sweep of the beam search over all groups; `e` must be the current error. */
export async function recordSweep(session: Session, books: CodebookRange): Promise<void> {
  const { groups, columns, size } = session.layout;
  if (session.metric.gram) {
    for (let g = 0; g < groups; g++) await recordSearch(session, books, { first: g, count: 1 });
    return;
  }
  // A last group that is padded has a metric of its own.
  const whole = Math.floor(columns / size);
  if (whole > 0) await recordSearch(session, books, { first: 0, count: whole });
  if (whole < groups) await recordSearch(session, books, { first: whole, count: 1 });
}

/** Records the beam search of groups that all have the metric's block of the first. */
async function recordSearch(
  session: Session,
  { first, last }: CodebookRange,
  groups: { first: number; count: number },
): Promise<void> {
  const { columns, codebooks, entries, bits, size, beams } = session.layout;
  const { books, norms, metric } = session;
  const weighted = metric.gram !== undefined;
  await recordNorms(session, groups.first);
  for (const range of session.ranges) {
    const { rows, q, codes, e } = range;
    await recordProject(session, range, groups.first, groups.count);
    const sizes = { rows, columns, block: groups.first, codebooks, entries, bits, first, last, beams };
    const costOfGroup = 2 * rows * entries * (size + 2) * (1 + (last - first - 1) * beams);
    for (const span of boundedSpans(session, groups.count, costOfGroup))
      await session.job.dispatch(kernelOf(session, 'search', weighted), {
        params: { ...sizes, firstGroup: groups.first + span.first, groups: span.count },
        bindings: { q, books, norms, blocks: metric.blocks, codes, ...(weighted && { e }) },
        threads: rows * span.count,
        cost: costOfGroup * span.count,
      });
  }
}

async function recordNorms(session: Session, block: number): Promise<void> {
  const { codebooks, entries: each, size } = session.layout;
  const entries = codebooks * each;
  await session.job.dispatch(kernelOf(session, 'norms'), {
    params: { entries, block },
    bindings: { books: session.books, blocks: session.metric.blocks, norms: session.norms },
    threads: entries,
    cost: 2 * entries * size * size,
  });
}

/** Records Lloyd's step for one codebook, with the identity as metric; `e` must be the current error. */
export async function recordMeans(session: Session, codebook: number): Promise<void> {
  await recordSums(session, { first: codebook, last: codebook + 1 });
  const { entries, size } = session.layout;
  const count = entries * size;
  await session.job.dispatch(kernelOf(session, 'mean'), {
    params: { count, first: codebook * count },
    bindings: { sums: session.sums, books: session.books },
    threads: count,
    cost: 4 * count,
  });
}

/** Records the start of the conjugate gradients for the codebooks, or one more step of them. */
export async function recordGradient(session: Session, start: boolean): Promise<void> {
  const { codebooks, entries, size, groups } = session.layout;
  const { sums, books, direction, residual, state } = session;
  const all = { first: 0, last: codebooks };
  const [decoded, mode] = start ? [books, { keep: 1, sign: 1 }] : [direction, { keep: 0, sign: -1 }];
  for (const range of session.ranges) {
    await recordDecoded(session, range, all, decoded, mode);
    await recordProject(session, range, 0, groups);
  }
  await recordSums(session, all);
  const count = codebooks * entries * size;
  await session.job.dispatch(kernelOf(session, 'conjugate'), {
    params: { count, start: Number(start) },
    bindings: { sums, books, direction, residual, state },
    workgroups: 1,
    cost: 16 * count,
  });
}

/** Records the first entries of a codebook: the vectors `items` of the current error. */
export async function recordSeeds(session: Session, codebook: number, items: GPUBuffer): Promise<void> {
  const { entries, groups } = session.layout;
  for (const { firstRow, rows, e } of session.ranges)
    await session.job.dispatch(kernelOf(session, 'seed'), {
      params: { entries, first: codebook * entries, groups, firstRow, rows },
      bindings: { items, e, books: session.books },
      threads: entries,
      cost: 16 * entries,
    });
}
