import type { Command } from '../../../../gpu/recorder';
import { requireHalfScales } from '../../../kit/storedFloats';
import type { CodecContext, SourceTensor } from '../../../contract/codec';
import { partBytes } from '../../../contract/parts';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { threadGroups } from '../../../kit/spans';
import { aqlmLayout, aqlmParts } from './layout';
import { identityMetric, prepareMetric, type Metric } from './metric';
import { GRADIENT_STEPS, KMEANS_ROUNDS, seedItems } from './schedule';
import { kernelOf, openSession, type Range, type Session } from './session';
import { recordGradient, recordMeans, recordResidual, recordSeeds, recordSweep } from './steps';

/**
 * WGSL encode: codebooks by k-means on what the codebooks before leave over, then codebooks and codes in turn.
 * @throws LabError bad-input naming the tensor when a scale overflows or calibration saw no input; Cancelled
 */
export async function encodeAqlm(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = aqlmLayout(tensor.shape, options);
  const metric = await prepareMetric(tensor.name, layout, context);
  const plain = identityMetric(layout, context);
  try {
    return await gpuJob(context, async (job) => {
      const session = await openSession(tensor, layout, metric, context, job);
      await job.run();
      const parts = await readScales(tensor.name, session);
      await initialise(withPlainMetric(session, plain));
      await alternate(session);
      return await finish(session, parts);
    });
  } finally {
    plain.dispose();
    metric.dispose();
  }
}

/** The same work under the identity as metric: there G·e is e. */
function withPlainMetric(session: Session, metric: Metric): Session {
  return { ...session, metric, ranges: session.ranges.map((range) => ({ ...range, q: range.e })) };
}

/** Records a stretch of work to run any number of times. */
async function recordPhase({ recorder }: GpuJob, record: () => Promise<void>): Promise<readonly Command[]> {
  recorder.commands.length = 0;
  await record();
  return recorder.commands.splice(0);
}

async function repeat(
  { gpu, signal }: CodecContext,
  times: number,
  commands: readonly Command[],
): Promise<void> {
  for (let i = 0; i < times; i++) await gpu.stream.run(commands, signal);
}

/** All parts, the scales filled in. @throws LabError bad-input before any further work when a scale overflows */
async function readScales(name: string, { layout, ranges, job }: Session): Promise<Map<string, Uint8Array>> {
  const parts = new Map(aqlmParts(layout).map((part) => [part.suffix, new Uint8Array(partBytes(part))]));
  const scales = parts.get('scales')!;
  for (const { firstRow, rows, scaleBits } of ranges) {
    const words = new Uint32Array((await job.read(scaleBits, 4 * rows)).buffer);
    const view = new DataView(scales.buffer);
    words.forEach((bits, i) => view.setUint16(2 * (firstRow + i), bits, true));
  }
  requireHalfScales(name, scales);
  return parts;
}

/** Residual k-means: each codebook in turn, on what the ones before it leave over. */
async function initialise(session: Session): Promise<void> {
  const { layout, job, context } = session;
  for (let m = 0; m < layout.codebooks; m++) {
    const items = job.scope.upload(seedItems(layout, m), 'first entries');
    const seeds = await recordPhase(job, async () => {
      await recordResidual(session, m);
      await recordSeeds(session, m, items);
    });
    const round = await recordPhase(job, () => recordRound(session, m));
    await repeat(context, 1, seeds);
    await repeat(context, KMEANS_ROUNDS, round);
  }
}

/** Codes of codebook m, with those of earlier codebooks as they are; then its means. */
async function recordRound(session: Session, m: number): Promise<void> {
  await recordResidual(session, m + 1);
  await recordSweep(session, { first: m, last: m + 1 });
  await recordResidual(session, m + 1);
  await recordMeans(session, m);
}

/** Codebooks by least squares and codes by beam search, in turn. */
async function alternate(session: Session): Promise<void> {
  const { layout, job, context } = session;
  const start = await recordPhase(job, () => recordGradient(session, true));
  const step = await recordPhase(job, () => recordGradient(session, false));
  const sweep = await recordPhase(job, () => recordCodes(session));
  for (let i = 0; i < layout.iterations; i++) {
    await repeat(context, 1, sweep);
    await repeat(context, 1, start);
    await repeat(context, GRADIENT_STEPS, step);
  }
}

async function recordCodes(session: Session): Promise<void> {
  const { codebooks } = session.layout;
  await recordResidual(session, codebooks);
  await recordSweep(session, { first: 0, last: codebooks });
}

/** Codebooks as they are stored, and the codes that suit them best. */
async function finish(session: Session, parts: Map<string, Uint8Array>): Promise<Parts> {
  const { layout, job, ranges, books } = session;
  const halves = job.scope.allocate(2 * layout.codebooks * layout.entries * layout.size, 'stored codebooks');
  const packed: [Range, GPUBuffer][] = [];
  const last = await recordPhase(job, async () => {
    job.recorder.dispatch(await kernelOf(session, 'round'), {
      params: { count: books.size / 4 },
      bindings: { books, halves },
      workgroups: threadGroups(halves.size / 4),
      cost: books.size,
    });
    await recordCodes(session);
    for (const range of ranges) packed.push([range, await recordPack(session, range)]);
  });
  await repeat(session.context, 1, last);
  parts.set('codebooks', await job.read(halves, halves.size));
  for (const [{ firstRow }, buffer] of packed)
    parts.get('codes')!.set(await job.read(buffer, buffer.size), firstRow * layout.rowBytes);
  return parts;
}

async function recordPack(session: Session, { rows, codes }: Range): Promise<GPUBuffer> {
  const { rowBytes, groups, codebooks, bits } = session.layout;
  const out = session.job.scope.allocate(rows * rowBytes, 'packed codes');
  session.job.recorder.dispatch(await kernelOf(session, 'pack'), {
    params: { rows, perRow: groups * codebooks, words: rowBytes / 4, bits },
    bindings: { codes, out },
    workgroups: threadGroups((rows * rowBytes) / 4),
    cost: 2 * rows * rowBytes,
  });
  return out;
}
