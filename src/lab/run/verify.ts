import { throwIfAborted } from '../../base/errors';
import { gpuProcessor, type Processor } from '../../artefact/processor';
import type { Artefact } from '../../artefact/read';
import { overlay, packedLayers } from '../../artefact/weights';
import type { Gpu } from '../../gpu/gpu';
import type { TensorSpec } from '../../models/architecture';
import { gpuWeights, type WeightValues } from '../../runtime/forward/weights';
import type { PlanSession } from './session';

/** Tensors of up to this many weights are checked in a run, since decoding by float64 loops is slow. */
const CHECKED_WEIGHTS = 1 << 16;

/**
 * Whether the GPU decodes two small coded tensors of the artefact to the values that the reference decodes.
 * @returns null when the artefact codes no tensor
 */
export async function decodeMatchesReference(
  gpu: Gpu,
  artefact: Artefact,
  signal?: AbortSignal,
): Promise<boolean | null> {
  const coded = artefact.shape.tensors.filter((t) => artefact.codecOf(t));
  if (coded.length === 0) return null;
  const weights = (t: TensorSpec) => t.matrix[0] * t.matrix[1];
  const smallest = coded.reduce((a, b) => (weights(b) < weights(a) ? b : a));
  const chosen = coded.filter((t) => weights(t) <= CHECKED_WEIGHTS).slice(0, 2);
  const processor = gpuProcessor(gpu);
  for (const tensor of chosen.length ? chosen : [smallest]) {
    throwIfAborted(signal);
    if (!(await tensorMatches(processor, artefact, tensor, signal))) return false;
  }
  return true;
}

async function tensorMatches(
  processor: Processor,
  artefact: Artefact,
  tensor: TensorSpec,
  signal?: AbortSignal,
): Promise<boolean> {
  const assigned = artefact.codecOf(tensor)!;
  const { codec } = assigned;
  const stored = await artefact.stored(tensor, assigned);
  const expected = codec.reference.decode(stored.parts, stored.shape, stored.options);
  const matrix = await processor.decode(codec, stored, signal);
  try {
    const actual = await processor.read(matrix);
    return isClose(actual, expected, codec.decodeTolerance);
  } finally {
    processor.release(matrix);
  }
}

/** Whether values agree within one unit in the last place, or within `tolerance` as a share of the largest value. */
function isClose(actual: Float32Array, expected: Float32Array, tolerance?: number): boolean {
  if (tolerance === undefined)
    return actual.every((value, i) => Math.abs(value - expected[i]) <= Math.abs(expected[i]) * 2 ** -23);
  const allowed = tolerance * expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return actual.every((value, i) => Math.abs(value - expected[i]) <= allowed);
}

/**
 * The largest per-token |ΔNLL| between layers multiplied straight from packed codes and the same layers decoded to dense
 * float32, over the first batch of the evaluation.
 * @returns undefined when the codec has no packed path for these options, or the model is no language model
 */
export async function packedDifference(
  session: PlanSession,
  artefact: Artefact,
  dense: WeightValues,
  signal?: AbortSignal,
): Promise<number | undefined> {
  if (artefact.shape.task !== 'language-model') return undefined;
  // Layers that quantise their input differ from the dense path by definition.
  const exact = (tensor: TensorSpec) => !artefact.quantisesActivations(tensor);
  const packed = await packedLayers(session.lab.processor, artefact, signal, exact);
  if (packed.size === 0) return undefined;
  const weights = overlay(gpuWeights(dense), packed);
  try {
    return await largestDifference(session, dense, weights, signal);
  } finally {
    for (const layer of packed.values()) layer.dispose();
  }
}

/** The largest per-token |ΔNLL| between two forms of the same weights over the first batch, in nats. */
async function largestDifference(
  { evaluator }: PlanSession,
  dense: WeightValues,
  packed: WeightValues,
  signal?: AbortSignal,
): Promise<number> {
  const one = await evaluator.firstLosses(dense, { label: 'the dense path', signal });
  const other = await evaluator.firstLosses(packed, { label: 'the packed path', signal });
  return one.reduce((max, value, i) => Math.max(max, Math.abs(value - other[i])), 0);
}
