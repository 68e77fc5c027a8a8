import { throwIfAborted } from '../base/errors';
import type { TensorSpec } from '../models/architecture';
import { allSteps } from '../models/program';
import { isOnGpu, type OwnedWeights, type WeightsByName } from '../runtime/forward/weights';
import type { LinearWeight } from '../runtime/linear/linear';
import type { StreamedWeights } from '../runtime/forward/streamedWeights';
import type { Matrix } from '../runtime/linear/matrix';
import type { Processor } from './processor';
import type { Artefact } from './read';

/**
 * Decodes tensors to dense float32. The caller disposes of the result.
 * @param tensors by default all of the model
 * @throws LabError bad-file or out-of-memory; Cancelled. Nothing stays allocated then.
 */
export async function decodedWeights(
  processor: Processor,
  artefact: Artefact,
  signal?: AbortSignal,
  tensors = artefact.shape.tensors,
): Promise<OwnedWeights> {
  const matrices = new Map<string, Matrix>();
  try {
    for (const tensor of tensors) {
      throwIfAborted(signal);
      matrices.set(tensor.name, await artefact.decode(processor, tensor, signal));
    }
    await processor.settled();
    return processor.weights({ ...artefact.shape, tensors }, matrices);
  } catch (error) {
    for (const matrix of matrices.values()) processor.release(matrix);
    throw error;
  }
}

/**
 * Opens the linear layers that multiply straight from packed codes, by tensor name, for tensors whose codec offers one. The
 * caller disposes of them.
 * @param isWanted selects tensors; by default all
 * @throws LabError; Cancelled. Nothing stays allocated then.
 */
export async function packedLayers(
  processor: Processor,
  artefact: Artefact,
  signal?: AbortSignal,
  isWanted: (tensor: TensorSpec) => boolean = () => true,
): Promise<Map<string, LinearWeight>> {
  const packed = new Map<string, LinearWeight>();
  try {
    for (const tensor of artefact.shape.tensors.filter(isWanted)) {
      const layer = await artefact.packed(processor, tensor, signal);
      if (layer) packed.set(tensor.name, layer);
    }
  } catch (error) {
    for (const layer of packed.values()) layer.dispose();
    throw error;
  }
  return packed;
}

/**
 * Makes the weights that quality is measured with: the decoded weights, and for codecs that also quantise activations how they do,
 * on a GPU with the packed layers that do it. The result owns those layers and `dense`.
 * @param tensors those that `dense` has, by default all of the model
 * @throws LabError; Cancelled. The caller then still owns `dense`.
 */
export async function evaluatedWeights(
  processor: Processor,
  artefact: Artefact,
  dense: OwnedWeights,
  signal?: AbortSignal,
  tensors = artefact.shape.tensors,
): Promise<OwnedWeights> {
  const inputRounding = await artefact.inputRounding(tensors);
  if (!inputRounding) return dense;
  if (!isOnGpu(dense)) return { ...dense, inputRounding };
  const isWanted = ({ name }: TensorSpec) => inputRounding.has(name);
  const layers = await packedLayers(processor, artefact, signal, isWanted);
  const dispose = () => {
    for (const layer of layers.values()) layer.dispose();
    dense.dispose();
  };
  return { ...overlay(dense, layers), inputRounding, bytes: dense.bytes, dispose };
}

/** Decodes the weights that quality is measured with. The caller disposes of them. @throws LabError; Cancelled. Nothing stays allocated then. */
export async function restoredWeights(
  processor: Processor,
  artefact: Artefact,
  signal?: AbortSignal,
  tensors = artefact.shape.tensors,
): Promise<OwnedWeights> {
  const dense = await decodedWeights(processor, artefact, signal, tensors);
  try {
    return await evaluatedWeights(processor, artefact, dense, signal, tensors);
  } catch (error) {
    dense.dispose();
    throw error;
  }
}

/** Makes the weights that quality is measured with, which are decoded whenever they are needed. */
export async function streamedArtefact(processor: Processor, artefact: Artefact): Promise<StreamedWeights> {
  return {
    inputRounding: await artefact.inputRounding(artefact.shape.tensors),
    load: (tensors, signal) => restoredWeights(processor, artefact, signal, tensors),
    async values(tensor, signal) {
      if (!artefact.codecOf(tensor)) return artefact.rest(tensor);
      const matrix = await artefact.decode(processor, tensor, signal);
      try {
        return await processor.read(matrix);
      } finally {
        processor.release(matrix);
      }
    },
  };
}

/** Replaces some linear layers of dense weights by packed ones. The result owns neither. */
export function overlay(dense: WeightsByName, packed: ReadonlyMap<string, LinearWeight>): WeightsByName {
  return {
    linear: (name) => packed.get(name) ?? dense.linear(name),
    table: (name) => dense.table(name),
    values: (name) => dense.values(name),
  };
}

/**
 * Makes the weights for text generation: packed layers where the codec has them, dense float32 otherwise. The caller
 * disposes of them.
 * @throws LabError; Cancelled. Nothing stays allocated then.
 */
export async function packedWeights(
  processor: Processor,
  artefact: Artefact,
  signal?: AbortSignal,
): Promise<OwnedWeights> {
  const packed = await packedLayers(processor, artefact, signal);
  const tables = new Map<string, Matrix>();
  const tableNames = gatheredTables(artefact);
  try {
    for (const tensor of artefact.shape.tensors)
      if (!packed.has(tensor.name) || tableNames.has(tensor.name))
        tables.set(tensor.name, await artefact.decode(processor, tensor, signal));
    return processor.weights(artefact.shape, tables, packed);
  } catch (error) {
    for (const matrix of tables.values()) processor.release(matrix);
    for (const layer of packed.values()) layer.dispose();
    throw error;
  }
}

/** The tables that the program gathers rows from. They stay dense even if their codec has a packed product. */
function gatheredTables({ shape }: Artefact): Set<string> {
  return new Set(
    allSteps(shape.program).flatMap((s) => (s.op === 'embed' || s.op === 'addPositions' ? [s.table] : [])),
  );
}
