import { LabError, throwIfAborted } from '../base/errors';
import { weightedSquares } from '../calibrate/outputError';
import type { Calibration } from '../calibrate/calibration';
import type { CodecSpec } from '../codecs/contract/meta';
import type { AssignRequest, Trial } from '../codecs/contract/assigner';
import { encodeTensor } from '../codecs/contract/coding';
import { loadAssigner, resolveCodec } from '../codecs/contract/registry';
import { formatCodecFully, parseCodec } from '../codecs/contract/spec';
import { safetensorsHeaderBytes } from '../formats/safetensors';
import type { Gpu } from '../gpu/gpu';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { readMatrix, releaseMatrix, uploadMatrix, type DenseMatrix } from '../runtime/linear/matrix';
import { loadAssignment, calibrationFor, sourceTensor, type Assignment } from './assignment';
import { artefactEntries, artefactMetadata, entryBytes } from './entries';
import { decodeCoded } from './read';
import { isInScope, type Recipe } from './recipe';

export interface AssignOptions {
  seed: number;
  signal?: AbortSignal;
  calibration?: Calibration;
  /** Rise of the mean loss (nats per token) on calibration data when one tensor is replaced; absent: not to be had here. */
  lossRise?: (tensor: TensorSpec, restored: DenseMatrix) => Promise<number>;
  onAssign?: (fraction: number, step: string) => void;
  /** What was tried before with the same model, seed and calibration: not tried again. */
  trialCache?: TrialCache;
}

/** Outcomes of trials, by tensor and codec. */
export interface TrialCache {
  trials: Map<string, Promise<Trial>>;
  rises: Map<string, Promise<number>>;
}

/**
 * Lets an assigner choose a codec for every tensor the scope covers.
 * @throws LabError when its target cannot be met or it names an unknown codec; Cancelled
 */
export async function chooseCodecs(
  gpu: Gpu,
  model: Model,
  recipe: Recipe,
  options: AssignOptions,
): Promise<Assignment> {
  const assigner = await loadAssigner(recipe.spec.id);
  const trials = new Trials(gpu, model, options);
  const coded = model.shape.tensors.filter((tensor) => isInScope(tensor, recipe.scope));
  const request: AssignRequest = {
    tensors: coded.map(({ name, matrix, role, block }) => ({ name, shape: matrix, role, block })),
    blocks: model.shape.program.blocks.length,
    parameters: model.shape.parameters,
    otherBytes: await bytesBesideCodes(model, recipe, assigner.trials?.(recipe.spec.options).codecs),
    trial: (name, spec) => trials.trial(name, spec),
    lossRise: (name, spec) => trials.lossRise(name, spec),
    signal: options.signal,
    onProgress: options.onAssign,
  };
  const choice = await assigner.assign(request, recipe.spec.options);
  for (const { name } of coded)
    if (!choice.has(name))
      throw new LabError('internal', `${recipe.spec.id} gave ${name} no codec.`, 'Please report this.');
  return loadAssignment(choice);
}

/** What a header is estimated by where an assigner tries nothing. */
const PLAIN: CodecSpec = parseCodec('rtn(scheme=asymmetric)');

/**
 * Rest tensors and a header: as if each of the codecs that are tried were given to some tensors, so that all their names and
 * parts are counted.
 */
async function bytesBesideCodes(
  model: Model,
  recipe: Recipe,
  tried: readonly CodecSpec[] = [PLAIN],
): Promise<number> {
  const coded = model.shape.tensors.filter((tensor) => isInScope(tensor, recipe.scope));
  const specs = tried.length > 0 ? tried : [PLAIN];
  const choice = new Map(coded.map(({ name }, i): [string, CodecSpec] => [name, specs[i % specs.length]]));
  const assignment = await loadAssignment(choice);
  const entries = artefactEntries(model, recipe, assignment);
  const rest = entries.filter((e) => e.kind === 'float' && !assignment.has(e.tensor!.name));
  const header = safetensorsHeaderBytes(entries, artefactMetadata(model, recipe, assignment));
  return header + rest.reduce((sum, entry) => sum + entryBytes(entry), 0);
}

/** Encodes single tensors on trial; each pair of tensor and codec once. */
class Trials {
  private readonly gpu: Gpu;
  private readonly model: Model;
  private readonly options: AssignOptions;
  private readonly trials: TrialCache['trials'];
  private readonly rises: TrialCache['rises'];

  constructor(gpu: Gpu, model: Model, options: AssignOptions) {
    this.gpu = gpu;
    this.model = model;
    this.options = options;
    this.trials = options.trialCache?.trials ?? new Map<never, never>();
    this.rises = options.trialCache?.rises ?? new Map<never, never>();
  }

  trial(name: string, spec: CodecSpec): Promise<Trial> {
    return once(this.trials, `${name} ${formatCodecFully(spec)}`, () =>
      this.restored(name, spec, (tensor, restored, bytes) => this.errors(tensor, restored, bytes)),
    );
  }

  lossRise(name: string, spec: CodecSpec): Promise<number> {
    const { lossRise } = this.options;
    if (!lossRise)
      throw new LabError(
        'bad-plan',
        'Measuring how sensitive a tensor is needs calibration data, and there is none.',
        'Name a calibration set (calibration=tinystories-calibration).',
      );
    return once(this.rises, `${name} ${formatCodecFully(spec)}`, () => this.restored(name, spec, lossRise));
  }

  private async restored<T>(
    name: string,
    spec: CodecSpec,
    look: (tensor: TensorSpec, restored: DenseMatrix, bytes: number) => Promise<T>,
  ): Promise<T> {
    const { gpu, model, options } = this;
    const { seed, signal } = options;
    throwIfAborted(signal);
    const tensor = model.shape.tensors.find((t) => t.name === name)!;
    const assigned = { spec, codec: await resolveCodec(spec) };
    const source = await sourceTensor(model, tensor, assigned);
    const inputs = options.calibration?.float.byWeight.get(name);
    const context = { gpu, seed, signal, ...calibrationFor(assigned, tensor, inputs, options.calibration) };
    const parts = await encodeTensor(assigned.codec, source, spec.options, context);
    const stored = { name, shape: source.shape, options: spec.options, parts };
    const matrix = await decodeCoded(gpu, assigned.codec, stored, tensor, signal);
    try {
      return await look(
        tensor,
        matrix,
        [...parts.values()].reduce((sum, part) => sum + part.length, 0),
      );
    } finally {
      releaseMatrix(gpu.buffers, matrix);
    }
  }

  private async errors(tensor: TensorSpec, restored: DenseMatrix, bytes: number): Promise<Trial> {
    const { gpu, model, options } = this;
    const error = (await readMatrix(gpu.stream, restored)).slice();
    const values = await model.tensor(tensor);
    for (let i = 0; i < error.length; i++) error[i] -= values[i];
    const squaredError = error.reduce((sum, e) => sum + e * e, 0);
    const gram = options.calibration?.float.byWeight.get(tensor.name)?.gram;
    if (!gram) return { bytes, squaredError };
    const matrix = uploadMatrix(
      gpu.buffers,
      gpu.maxBindingBytes,
      error,
      ...tensor.matrix,
      'error of a trial',
    );
    try {
      return { bytes, squaredError, outputError: await weightedSquares(gpu, matrix, gram, options.signal) };
    } finally {
      releaseMatrix(gpu.buffers, matrix);
    }
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  let found = known.get(key);
  if (!found) {
    known.set(key, (found = work()));
    // A stopped trial is no outcome.
    found.catch(() => known.delete(key));
  }
  return found;
}
