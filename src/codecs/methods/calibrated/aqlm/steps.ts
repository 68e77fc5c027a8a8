import { threadGroups } from '../../../kit/spans';
import { boundedSpans, CHUNK_ROWS, kernelOf, type Range, type Session } from './session';

/** Codebooks [first, last) take part in a step. */
export interface Books {
  first: number;
  last: number;
}

/** e = target − decoded with codebooks below `last`. */
export async function recordResidual(session: Session, last: number): Promise<void> {
  for (const range of session.ranges)
    await recordDecoded(session, range, { first: 0, last }, session.books, { keep: 1, sign: 1 });
}

async function recordDecoded(
  session: Session,
  range: Range,
  { first, last }: Books,
  books: GPUBuffer,
  { keep, sign }: { keep: number; sign: number },
): Promise<void> {
  const { columns, groups, codebooks, entries, size } = session.layout;
  const { rows, target, codes, e } = range;
  const kernel = await kernelOf(session, 'residual');
  const costOfGroup = 4 * rows * size * codebooks;
  for (const span of boundedSpans(session, groups, costOfGroup))
    session.job.recorder.dispatch(kernel, {
      params: {
        rows,
        columns,
        firstGroup: span.first,
        groups: span.count,
        codebooks,
        entries,
        first,
        last,
        keep,
        sign,
      },
      bindings: { target_: target, codes, books, out: e },
      workgroups: threadGroups(rows * span.count),
      cost: costOfGroup * span.count,
    });
}

/** q = G·e for groups [first, first + count); nothing to do where G is the identity. */
async function recordProject(session: Session, range: Range, first: number, count: number): Promise<void> {
  const { columns, padded, size } = session.layout;
  const { gram } = session.metric;
  if (!gram) return;
  const kernel = await kernelOf(session, 'project');
  const costOfGroup = 2 * range.rows * columns * size;
  for (const part of gram.parts)
    for (const span of boundedSpans(session, count, costOfGroup))
      session.job.recorder.dispatch(kernel, {
        params: {
          rows: range.rows,
          firstGroup: first + span.first,
          groups: span.count,
          width: padded / 4,
          firstRow: part.firstRow,
          count: part.rows,
        },
        bindings: { gram: part.buffer, e: range.e, q: range.q },
        workgroups: threadGroups(range.rows * span.count),
        cost: (costOfGroup * span.count * part.rows) / columns,
      });
}

/** sums by entry of q weighted by rows, and of the metric's diagonal, for codebooks [first, last). */
async function recordSums(session: Session, { first, last }: Books): Promise<void> {
  const { size, entries } = session.layout;
  const count = (last - first) * entries;
  const { recorder } = session.job;
  for (const [i, range] of session.ranges.entries()) {
    await recordGather(session, range, first, count);
    const chunks = Math.ceil(range.rows / CHUNK_ROWS);
    recorder.dispatch(await kernelOf(session, 'reduce'), {
      params: { count: 2 * size * count, chunks, later: Number(i > 0) },
      bindings: { partials: session.partials, sums: session.sums },
      workgroups: threadGroups(2 * size * count),
      cost: 2 * size * count * chunks,
    });
  }
}

async function recordGather(
  session: Session,
  { rows, q, codes, weight }: Range,
  firstCodebook: number,
  count: number,
): Promise<void> {
  const { groups, codebooks, entries } = session.layout;
  const kernel = await kernelOf(session, 'gather');
  const costOfChunk = 2 * CHUNK_ROWS * groups * count;
  for (const span of boundedSpans(session, Math.ceil(rows / CHUNK_ROWS), costOfChunk))
    session.job.recorder.dispatch(kernel, {
      params: {
        rows,
        groups,
        codebooks,
        entries,
        firstCodebook,
        count,
        firstChunk: span.first,
        chunks: span.count,
        chunkRows: CHUNK_ROWS,
      },
      bindings: { q, codes, weight, diagonal: session.metric.diagonal, partials: session.partials },
      workgroups: threadGroups(span.count * count),
      cost: costOfChunk * span.count,
    });
}

/** One sweep of the beam search over all groups; e must be the present error. */
export async function recordSweep(session: Session, books: Books): Promise<void> {
  const { groups, columns, size } = session.layout;
  if (session.metric.gram) {
    for (let g = 0; g < groups; g++) await recordSearch(session, books, { first: g, count: 1 });
    return;
  }
  // The metric of a group that padding fills up is its own.
  const whole = Math.floor(columns / size);
  if (whole > 0) await recordSearch(session, books, { first: 0, count: whole });
  if (whole < groups) await recordSearch(session, books, { first: whole, count: 1 });
}

/** Beam search of groups that share the block of the metric of the first. */
async function recordSearch(
  session: Session,
  { first, last }: Books,
  groups: { first: number; count: number },
): Promise<void> {
  const { columns, codebooks, entries, bits, size, beams } = session.layout;
  const weighted = session.metric.gram !== undefined;
  await recordNorms(session, groups.first);
  const kernel = await kernelOf(session, 'search', weighted);
  const { books, norms, metric } = session;
  for (const range of session.ranges) {
    const { rows, q, codes, e } = range;
    await recordProject(session, range, groups.first, groups.count);
    const costOfGroup = 2 * rows * entries * (size + 2) * (1 + (last - first - 1) * beams);
    for (const span of boundedSpans(session, groups.count, costOfGroup))
      session.job.recorder.dispatch(kernel, {
        params: {
          rows,
          columns,
          firstGroup: groups.first + span.first,
          groups: span.count,
          block: groups.first,
          codebooks,
          entries,
          bits,
          first,
          last,
          beams,
        },
        bindings: { q, books, norms, blocks: metric.blocks, codes, ...(weighted && { e }) },
        workgroups: threadGroups(rows * span.count),
        cost: costOfGroup * span.count,
      });
  }
}

async function recordNorms(session: Session, block: number): Promise<void> {
  const { codebooks, entries: each, size } = session.layout;
  const entries = codebooks * each;
  session.job.recorder.dispatch(await kernelOf(session, 'norms'), {
    params: { entries, block },
    bindings: { books: session.books, blocks: session.metric.blocks, norms: session.norms },
    workgroups: threadGroups(entries),
    cost: 2 * entries * size * size,
  });
}

/** Lloyd's step for one codebook under the identity as metric; e must be the present error. */
export async function recordMeans(session: Session, codebook: number): Promise<void> {
  await recordSums(session, { first: codebook, last: codebook + 1 });
  const { entries, size } = session.layout;
  const count = entries * size;
  session.job.recorder.dispatch(await kernelOf(session, 'mean'), {
    params: { count, first: codebook * count },
    bindings: { sums: session.sums, books: session.books },
    workgroups: threadGroups(count),
    cost: 4 * count,
  });
}

/** Start of the codebooks' least squares (e: the present error), or one more conjugate gradient step. */
export async function recordGradient(session: Session, start: boolean): Promise<void> {
  const { codebooks, entries, size, groups } = session.layout;
  const all: Books = { first: 0, last: codebooks };
  for (const range of session.ranges) {
    const books = start ? session.books : session.direction;
    await recordDecoded(session, range, all, books, start ? { keep: 1, sign: 1 } : { keep: 0, sign: -1 });
    await recordProject(session, range, 0, groups);
  }
  await recordSums(session, all);
  const { sums, books, direction, residual, state } = session;
  const count = codebooks * entries * size;
  session.job.recorder.dispatch(await kernelOf(session, 'conjugate'), {
    params: { count, start: Number(start) },
    bindings: { sums, books, direction, residual, state },
    workgroups: 1,
    cost: 16 * count,
  });
}

/** First entries of a codebook from vectors of the present error. */
export async function recordSeeds(session: Session, codebook: number, items: GPUBuffer): Promise<void> {
  const { entries, groups } = session.layout;
  const kernel = await kernelOf(session, 'seed');
  for (const { firstRow, rows, e } of session.ranges)
    session.job.recorder.dispatch(kernel, {
      params: { entries, first: codebook * entries, groups, firstRow, rows },
      bindings: { items, e, books: session.books },
      workgroups: threadGroups(entries),
      cost: 16 * entries,
    });
}
