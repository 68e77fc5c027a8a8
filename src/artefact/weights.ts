import { throwIfAborted } from '../base/errors';
import type { Gpu } from '../gpu/gpu';
import type { TensorSpec } from '../models/architecture';
import { allSteps } from '../models/program';
import { weightsFrom, type ModelWeights } from '../runtime/forward/weights';
import type { LinearWeight } from '../runtime/linear/linear';
import { releaseMatrix, type DenseMatrix } from '../runtime/linear/matrix';
import type { Artefact } from './read';

/** Decodes every tensor. On failure or stop nothing stays allocated. */
export async function decodeAll(
  gpu: Gpu,
  artefact: Artefact,
  signal?: AbortSignal,
): Promise<Map<string, DenseMatrix>> {
  const matrices = new Map<string, DenseMatrix>();
  try {
    for (const tensor of artefact.shape.tensors) {
      throwIfAborted(signal);
      matrices.set(tensor.name, await artefact.decode(gpu, tensor, signal));
    }
    await gpu.buffers.settled();
  } catch (error) {
    for (const matrix of matrices.values()) releaseMatrix(gpu.buffers, matrix);
    throw error;
  }
  return matrices;
}

/**
 * Linear layers that multiply straight from the packed codes, by tensor name, for the tensors that are wanted and whose codec
 * offers one. On failure or stop nothing stays allocated.
 */
export async function packedLayers(
  gpu: Gpu,
  artefact: Artefact,
  signal?: AbortSignal,
  wants: (tensor: TensorSpec) => boolean = () => true,
): Promise<Map<string, LinearWeight>> {
  const packed = new Map<string, LinearWeight>();
  try {
    for (const tensor of artefact.shape.tensors.filter(wants)) {
      const layer = await artefact.packed(gpu, tensor, signal);
      if (layer) packed.set(tensor.name, layer);
    }
  } catch (error) {
    for (const layer of packed.values()) layer.dispose();
    throw error;
  }
  return packed;
}

/**
 * The weights quality is measured with: dense float32 as decoded, and for codecs that quantise activations as well their own
 * layers. The result frees those layers and the dense weights.
 */
export async function evaluatedWeights(
  gpu: Gpu,
  artefact: Artefact,
  dense: ModelWeights,
  signal?: AbortSignal,
): Promise<ModelWeights> {
  const wants = (tensor: TensorSpec) => artefact.quantisesActivations(tensor);
  const layers = await packedLayers(gpu, artefact, signal, wants);
  const dispose = () => {
    for (const layer of layers.values()) layer.dispose();
    dense.dispose();
  };
  return { ...overlay(dense, layers), dispose };
}

/** The dense weights with some linear layers replaced; owns neither. */
export function overlay(dense: ModelWeights, packed: ReadonlyMap<string, LinearWeight>): ModelWeights {
  return {
    linear: (name) => packed.get(name) ?? dense.linear(name),
    table: (name) => dense.table(name),
    bytes: dense.bytes,
    dispose: () => undefined,
  };
}

/** Weights for speed: packed layers where the codec has them, dense tables for the rest. Frees no dense copy twice. */
export async function packedWeights(
  gpu: Gpu,
  artefact: Artefact,
  signal?: AbortSignal,
): Promise<ModelWeights> {
  const packed = await packedLayers(gpu, artefact, signal);
  const tables = new Map<string, DenseMatrix>();
  const tableNames = gatheredTables(artefact);
  try {
    for (const tensor of artefact.shape.tensors)
      if (!packed.has(tensor.name) || tableNames.has(tensor.name))
        tables.set(tensor.name, await artefact.decode(gpu, tensor, signal));
    return weightsFrom(gpu, artefact.shape, tables, packed);
  } catch (error) {
    for (const matrix of tables.values()) releaseMatrix(gpu.buffers, matrix);
    for (const layer of packed.values()) layer.dispose();
    throw error;
  }
}

/** Tables the program gathers rows from: they stay dense even where their codec has a packed product. */
function gatheredTables({ shape }: Artefact): Set<string> {
  return new Set(
    allSteps(shape.program).flatMap((s) => (s.op === 'embed' || s.op === 'addPositions' ? [s.table] : [])),
  );
}
