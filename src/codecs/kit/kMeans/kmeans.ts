import { recordApart, type GpuJob } from '../gpuJob';
import { spans } from '../spans';
import type { ClusterSettings, ColumnWeights } from './kmeansReference';
import { centroidDraws, samplePicks } from './picks';

/** Chunks begin at multiples of this many elements, so that vectors, groups and words of every code width are whole. */
const CHUNK_ALIGN = 1024;
/** The most distances that one dispatch computes, in elements, so that Stop takes effect soon. */
const DISPATCH_DISTANCES = 2 ** 27;
/** Operations per element and centroid. */
const COST = 4;
/** The most elements whose distances one dispatch of k-means++ computes, in a single workgroup. */
const PLUSPLUS_ELEMENTS = 2 ** 22;

/** A run of flattened values that is clustered with others; all of them stay on the GPU while k-means runs. */
export interface VectorChunk {
  first: number;
  /** The number of elements without padding. */
  count: number;
  vectors: number;
  /** [vectors, dimension] float32, padded with zeros. */
  values: GPUBuffer;
  /** [vectors], one word each. */
  indices: GPUBuffer;
}

/** A codebook on the GPU: [clusters, padded] float32, padded = 4 or 8. */
export interface GpuCodebook {
  buffer: GPUBuffer;
  padded: number;
}

/** Uploads flattened values in chunks, padded with zeros to whole vectors. */
export function uploadChunks(
  { gpu, scope }: GpuJob,
  all: Float32Array,
  dimension: number,
  clusters: number,
): VectorChunk[] {
  const largest = Math.min(gpu.maxBindingBytes / 4, DISPATCH_DISTANCES / clusters);
  return spans(all.length, largest, CHUNK_ALIGN).map(({ first, count }) => {
    const vectors = Math.ceil(count / dimension);
    const values = scope.allocate(4 * vectors * dimension, 'vectors');
    gpu.buffers.write(values, all.subarray(first, first + count));
    return { first, count, vectors, values, indices: scope.allocate(4 * vectors, 'indices') };
  });
}

interface Work {
  job: GpuJob;
  chunks: readonly VectorChunk[];
  settings: ClusterSettings;
  padded: number;
  codebook: GPUBuffer;
  weights: GPUBuffer;
  largest: GPUBuffer;
  sums: GPUBuffer;
}

/**
 * Records k-means (`kmeansReference.ts`) over the chunks: afterwards their `indices` and the codebook hold the result.
 * Sums are in fixed point, so that the bytes depend neither on the chunks nor on the order of threads. Column weights must
 * lie in (0, 1].
 */
export async function recordKMeans(
  job: GpuJob,
  chunks: readonly VectorChunk[],
  settings: ClusterSettings,
): Promise<GpuCodebook> {
  const padded = settings.dimension > 4 ? 8 : 4;
  const size = 4 * settings.clusters * padded;
  const { scope } = job;
  const work: Work = {
    job,
    chunks,
    settings,
    padded,
    codebook: scope.allocate(size, 'codebook'),
    weights: scope.upload(Float32Array.from(settings.weights?.columns ?? [1]), 'column weights'),
    largest: scope.allocate(4, 'largest'),
    sums: scope.allocate(4 * size, 'sums'),
  };
  await recordStart(work);
  for (const chunk of chunks) await recordLargest(work, chunk);
  const assign = await recordApart(job, () => each(chunks, (chunk) => recordAssign(work, chunk)));
  const update = await recordApart(job, async () => {
    await each(chunks, (chunk) => recordAccumulate(work, chunk));
    await recordUpdate(work);
  });
  const { commands } = job.recorder;
  for (let round = 0; round < settings.rounds; round++) commands.push(...assign, ...update);
  commands.push(...assign);
  return { buffer: work.codebook, padded };
}

async function each(chunks: readonly VectorChunk[], act: (chunk: VectorChunk) => Promise<void>) {
  for (const chunk of chunks) await act(chunk);
}

async function recordStart(work: Work): Promise<void> {
  const { start, rounded } = work.settings;
  if (start instanceof Uint32Array) return recordGather(work, start, work.codebook, rounded);
  await recordPlusPlus(work, start.seed);
}

async function recordGather(work: Work, picks: Uint32Array, out: GPUBuffer, rounded: boolean): Promise<void> {
  const { job, settings, padded } = work;
  const { dimension } = settings;
  const list = job.scope.upload(picks, 'picks');
  for (const { first, vectors, values } of work.chunks)
    await job.dispatch(
      { module: 'codecs/kit/kMeans/gather', constants: { DIMENSION: dimension } },
      {
        params: { count: picks.length, padded, first: first / dimension, vectors, rounded: Number(rounded) },
        bindings: { x: values, picks: list, out },
        threads: picks.length,
        cost: picks.length * padded,
      },
    );
}

async function recordPlusPlus(work: Work, seed: number): Promise<void> {
  const { job, chunks, settings, padded } = work;
  const vectors = chunks.reduce((sum, chunk) => sum + chunk.vectors, 0);
  const picks = samplePicks(vectors, settings.clusters, seed);
  const samples = picks.length;
  const sample = job.scope.allocate(4 * samples * padded, 'sample');
  await recordGather(work, picks, sample, false);
  const bindings = {
    sample,
    draws: job.scope.upload(centroidDraws(settings.clusters, seed), 'draws'),
    nearest: job.scope.allocate(4 * samples, 'distances'),
    picks: job.scope.allocate(4 * settings.clusters, 'picks'),
    codebook: work.codebook,
  };
  const step = Math.max(1, Math.floor(PLUSPLUS_ELEMENTS / (samples * padded)));
  for (let first = 0; first < settings.clusters; first += step) {
    const rounds = Math.min(step, settings.clusters - first);
    await job.dispatch('codecs/kit/kMeans/plusplus', {
      params: { samples, quads: padded / 4, first, rounds, rounded: Number(settings.rounded) },
      bindings,
      workgroups: 1,
      // One workgroup leaves most of a device idle, so its work counts several times.
      cost: 4 * COST * rounds * samples * padded,
    });
  }
}

async function recordLargest({ job, largest }: Work, { count, values }: VectorChunk): Promise<void> {
  const stride = Math.min(count, 4096);
  await job.dispatch('codecs/kit/kMeans/largest', {
    params: { count, stride },
    bindings: { values, largest },
    threads: stride,
    cost: count,
  });
}

/** The value of the override WEIGHTS of accumulate.wgsl. */
const weighting = (weights?: ColumnWeights) => (weights ? (weights.per === 'vector' ? 1 : 2) : 0);

async function recordAssign(work: Work, { first, vectors, values, indices }: VectorChunk): Promise<void> {
  const { dimension, clusters, weights } = work.settings;
  const WEIGHTED = Number(weights?.per === 'element');
  const constants = { DIMENSION: dimension, WEIGHTED };
  await work.job.dispatch(
    { module: 'codecs/kit/kMeans/assign', constants },
    {
      params: { vectors, clusters, firstElement: first, columns: weights?.columns.length ?? 1 },
      bindings: { x: values, codebook: work.codebook, weights: work.weights, indices },
      threads: vectors,
      cost: COST * vectors * dimension * clusters,
    },
  );
}

async function recordAccumulate(work: Work, { first, vectors, values, indices }: VectorChunk): Promise<void> {
  const { dimension, weights } = work.settings;
  const elements = vectors * dimension;
  const constants = { DIMENSION: dimension, WEIGHTS: weighting(weights) };
  await work.job.dispatch(
    { module: 'codecs/kit/kMeans/accumulate', constants },
    {
      params: {
        elements,
        padded: work.padded,
        firstElement: first,
        columns: weights?.columns.length ?? 1,
      },
      bindings: {
        x: values,
        indices,
        codebook: work.codebook,
        weights: work.weights,
        largest: work.largest,
        sums: work.sums,
      },
      threads: elements,
      cost: 64 * elements,
    },
  );
}

async function recordUpdate({ job, settings, padded, largest, sums, codebook }: Work): Promise<void> {
  const count = settings.clusters * padded;
  await job.dispatch('codecs/kit/kMeans/update', {
    params: { count, rounded: Number(settings.rounded) },
    bindings: { largest, sums, codebook },
    threads: count,
    cost: 32 * count,
  });
}

/** Reads a codebook, [clusters, dimension], after the job has run. */
export async function readCodebook(
  { readFloats }: GpuJob,
  { buffer, padded }: GpuCodebook,
  dimension: number,
): Promise<Float32Array> {
  return (await readFloats(buffer)).filter((_, i) => i % padded < dimension);
}
