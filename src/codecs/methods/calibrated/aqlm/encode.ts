import type { Command } from '../../../../gpu/recorder';
import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { gpuJob, recordApart, type GpuJob } from '../../../kit/gpuJob';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { aqlmParts, type AqlmLayout, type AqlmParts } from './layout';
import { identityMetric, prepareMetric, type AqlmMetric } from './metric';
import { GRADIENT_STEPS, KMEANS_ROUNDS, seedItems } from './schedule';
import { openSession, type RowRangeBuffers, type Session } from './session';
import { recordGradient, recordMeans, recordResidual, recordSeeds, recordSweep } from './steps';

/**
 * Encodes on the GPU: codebooks by residual k-means, then codes and codebooks in turn.
 * @throws LabError bad-input naming the tensor when a scale overflows or calibration saw no input; Cancelled
 */
export async function encodeAqlm(source: Source<AqlmLayout>, context: CodecContext): Promise<AqlmParts> {
  const { name, layout } = source;
  const metric = await prepareMetric(name, layout, context);
  const identity = identityMetric(layout, context);
  try {
    return await gpuJob(context, async (job) => {
      const session = await openSession(source, metric, job);
      await job.run();
      const parts = zeroedParts(aqlmParts(layout));
      await readScales(name, session, parts.scales);
      await initialise(withIdentity(session, identity));
      await alternate(session);
      return { ...parts, codebooks: await finish(session, parts.codes) };
    });
  } finally {
    identity.dispose();
    metric.dispose();
  }
}

/** Returns the session with the identity as metric, where G·e is e. */
function withIdentity(session: Session, metric: AqlmMetric): Session {
  return { ...session, metric, ranges: session.ranges.map((range) => ({ ...range, q: range.e })) };
}

async function repeat({ run }: GpuJob, times: number, commands: readonly Command[]): Promise<void> {
  for (let i = 0; i < times; i++) await run(commands);
}

/** Reads the scales. @throws LabError bad-input when one overflows, before any further work */
async function readScales(name: string, { ranges, job }: Session, out: Uint8Array): Promise<void> {
  for (const { firstRow, rows, scaleBits } of ranges)
    out.set(bytesOf16(Uint16Array.from(await job.readWords(scaleBits, rows))), 2 * firstRow);
  requireHalfScales(name, out);
}

/** Fits each codebook by k-means to what those before it leave of the weights. */
async function initialise(session: Session): Promise<void> {
  const { layout, job } = session;
  for (let m = 0; m < layout.codebooks; m++) {
    const items = job.scope.upload(seedItems(layout, m), 'first entries');
    const seeds = await recordApart(job, async () => {
      await recordResidual(session, m);
      await recordSeeds(session, m, items);
    });
    const round = await recordApart(job, () => recordRound(session, m));
    await job.run(seeds);
    await repeat(job, KMEANS_ROUNDS, round);
  }
}

/** Records the codes of codebook m, with those of earlier codebooks as they are, then its means. */
async function recordRound(session: Session, m: number): Promise<void> {
  await recordResidual(session, m + 1);
  await recordSweep(session, { first: m, last: m + 1 });
  await recordResidual(session, m + 1);
  await recordMeans(session, m);
}

/** Finds codes by beam search and codebooks by least squares, in turn. */
async function alternate(session: Session): Promise<void> {
  const { layout, job } = session;
  const start = await recordApart(job, () => recordGradient(session, true));
  const step = await recordApart(job, () => recordGradient(session, false));
  const sweep = await recordApart(job, () => recordCodes(session));
  for (let i = 0; i < layout.iterations; i++) {
    await job.run(sweep);
    await job.run(start);
    await repeat(job, GRADIENT_STEPS, step);
  }
}

async function recordCodes(session: Session): Promise<void> {
  const { codebooks } = session.layout;
  await recordResidual(session, codebooks);
  await recordSweep(session, { first: 0, last: codebooks });
}

/** Rounds the codebooks to float16 and fills `codes` with the codes that suit them best. @returns the codebooks as stored */
async function finish(session: Session, codes: Uint8Array): Promise<Uint8Array> {
  const { layout, job, ranges, books } = session;
  const halves = job.scope.allocate(books.size / 2, 'stored codebooks');
  const packed: GPUBuffer[] = [];
  const last = await recordApart(job, async () => {
    await job.dispatch('codecs/aqlm/round', {
      params: { count: books.size / 4 },
      bindings: { books, halves },
      threads: halves.size / 4,
      cost: books.size,
    });
    await recordCodes(session);
    for (const range of ranges) packed.push(await recordPackedRows(session, range));
  });
  await job.run(last);
  for (const [i, { firstRow }] of ranges.entries())
    codes.set(await job.read(packed[i]), firstRow * layout.rowBytes);
  return job.read(halves);
}

async function recordPackedRows(
  { job, layout }: Session,
  { rows, codes }: RowRangeBuffers,
): Promise<GPUBuffer> {
  const { rowBytes, groups, codebooks, bits } = layout;
  const out = job.scope.allocate(rows * rowBytes, 'packed codes');
  await job.dispatch('codecs/aqlm/pack', {
    params: { rows, perRow: groups * codebooks, words: rowBytes / 4, bits },
    bindings: { codes, out },
    threads: (rows * rowBytes) / 4,
    cost: 2 * rows * rowBytes,
  });
  return out;
}
