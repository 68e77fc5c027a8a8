import type { EncodeWork } from '../../contract/codec';
import type { ClusterSettings } from './kmeansReference';
import { maxSamples } from './picks';

/** Operations per element and centroid of an assignment, and per element of the sums. */
const ASSIGN = 4;
const SUMS = 64;
/** k-means++ runs in one workgroup, so its work counts four times. */
const ONE_WORKGROUP = 4;

/** Estimates the work of k-means over `elements` numbers, from the first centroids to the last assignment. */
export function kmeansWork(
  elements: number,
  {
    dimension,
    clusters,
    rounds,
    start,
  }: Pick<ClusterSettings, 'dimension' | 'clusters' | 'rounds' | 'start'>,
): EncodeWork {
  const samples = Math.min(Math.ceil(elements / dimension), maxSamples(clusters));
  const padded = dimension > 4 ? 8 : 4;
  const first = start instanceof Uint32Array ? 0 : ONE_WORKGROUP * ASSIGN * clusters * samples * padded;
  return {
    gpu: first + elements * ((rounds + 1) * ASSIGN * clusters + rounds * SUMS),
    dispatches: 3 * rounds + 4,
    waits: 2,
  };
}
