import { LabError, throwIfAborted } from '../base/errors';
import type { Calibration } from '../calibrate/calibration';
import type { InputStatistics } from '../calibrate/inputs';
import type { OutputSquares } from '../calibrate/outputError';
import type { CodecSpec } from '../codecs/contract/meta';
import type { AssignRequest, FileLoss, FileTrial, Trial } from '../codecs/contract/assigner';
import { loadAssigner, resolveCodec } from '../codecs/contract/registry';
import { formatCodecFully, parseCodec } from '../codecs/contract/spec';
import { rawTensorBytes } from '../formats/dtypes';
import { safetensorsHeaderBytes } from '../formats/safetensors/write';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import type { Matrix } from '../runtime/linear/matrix';
import { calibrationFor, codedTensor, loadAssignment, sourceTensor, type Assignment } from './assignment';
import type { BlockInputs } from './blockCalibration';
import { artefactEntries, artefactMetadata } from './layout';
import { decodeCoded } from './read';
import type { Processor } from './processor';
import { isInScope, type Recipe } from './recipe';
import type { ArtefactSink, StoredArtefact } from './sink';

/** Calibration data for codecs, and what an assigner scores its trials by. */
export interface CalibrationSource extends Calibration {
  /**
   * Measures the rise of the mean loss (nats per token) on calibration data when one tensor is replaced; absent if no codec is
   * chosen.
   * @throws LabError; Cancelled
   */
  lossRise?: (tensor: TensorSpec, restored: Matrix, signal?: AbortSignal) => Promise<number>;
  /** Measures the output error of a trial; absent if no codec is chosen. */
  outputSquares?: OutputSquares;
  /** Measures whole files; absent if no codec is chosen. */
  files?: FileScorer;
  /** Statistics that `float` lacks, where it does not hold those of the whole model. */
  inputs?: Pick<BlockInputs, 'of' | 'release'>;
  /** Outcomes of earlier trials with the same model, seed and calibration, which are not repeated. */
  trialCache?: TrialCache;
}

/** Keeps the files that an assigner tries, and measures what they lose. */
interface FileScorer {
  sink(): ArtefactSink<StoredArtefact>;
  /** Restores a file from its bytes and measures it on calibration data that calibrated nothing. @throws LabError; Cancelled */
  loss(file: StoredArtefact, signal?: AbortSignal): Promise<FileLoss>;
}

/** Outcomes of trials, by tensor name and codec spelling. */
export interface TrialCache {
  trials: Map<string, Promise<Trial>>;
  rises: Map<string, Promise<number>>;
}

export interface ChoiceContext {
  processor: Processor;
  seed: number;
  signal?: AbortSignal;
  /** Called while an assigner chooses, with its share of the choice, 0 … 1. */
  onAssign?: (fraction: number, step: string) => void;
}

/** What an assigner chose. */
export interface ChosenCodecs {
  assignment: Assignment;
  /** What the file of this choice loses, if the assigner had it measured. */
  trial?: FileTrial;
}

/**
 * Lets an assigner choose a codec for every tensor the scope covers.
 * @param tryFile makes and measures the whole file of an assignment
 * @throws LabError when its target cannot be met or it names an unknown codec; Cancelled
 */
export async function chooseCodecs(
  model: Model,
  recipe: Recipe,
  calibration: CalibrationSource | undefined,
  context: ChoiceContext,
  tryFile: (assignment: Assignment) => Promise<FileTrial>,
): Promise<ChosenCodecs> {
  const measured = new Map<string, FileTrial>();
  const assigner = await loadAssigner(recipe.spec.id);
  const trials = new Trials(model, calibration, context);
  const tensors = model.shape.tensors.filter((tensor) => isInScope(tensor, recipe.scope));
  const request: AssignRequest = {
    shape: model.shape,
    tensors,
    blocks: model.shape.program.blocks.length,
    parameters: model.shape.parameters,
    otherBytes: await bytesBesideCodes(model, recipe, assigner.trials?.(recipe.spec.options).codecs),
    trial: (name, spec) => trials.trial(name, spec),
    lossRise: (name, spec) => trials.lossRise(name, spec),
    async file(choice) {
      const trial = await tryFile(await loadAssignment(choice));
      measured.set(spelled(choice), trial);
      return trial;
    },
    signal: context.signal,
    onProgress: context.onAssign,
  };
  const choice = await assigner
    .assign(request, recipe.spec.options)
    .finally(() => calibration?.inputs?.release());
  for (const { name } of tensors)
    if (!choice.has(name))
      throw new LabError('internal', `${recipe.spec.id} gave ${name} no codec.`, 'Please report this.');
  const trial = measured.get(spelled(choice));
  return { assignment: await loadAssignment(choice), ...(trial && { trial }) };
}

function spelled(choice: ReadonlyMap<string, CodecSpec>): string {
  return [...choice].map(([name, spec]) => `${name} ${formatCodecFully(spec)}`).join('\n');
}

/** The codec whose names and parts stand for the header's if an assigner lists no trials. */
const PLAIN: CodecSpec = parseCodec('rtn(scheme=asymmetric)');

/**
 * Estimates the bytes of rest tensors and header. Each of the codecs on trial is given to some tensors, so that all their names
 * and parts are counted.
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
  const rest = entries.filter(({ kind, tensor }) => kind === 'float' && !assignment.has(tensor!.name));
  const header = safetensorsHeaderBytes(entries, artefactMetadata(model, recipe, assignment));
  return header + rest.reduce((sum, { dtype, shape }) => sum + rawTensorBytes(dtype, shape), 0);
}

/** Encodes single tensors on trial, each pair of tensor and codec once. */
class Trials {
  private readonly cache: TrialCache;

  constructor(
    private readonly model: Model,
    private readonly calibration: CalibrationSource | undefined,
    private readonly context: ChoiceContext,
  ) {
    this.cache = calibration?.trialCache ?? { trials: new Map(), rises: new Map() };
  }

  trial(name: string, spec: CodecSpec): Promise<Trial> {
    return cached(this.cache.trials, `${name} ${formatCodecFully(spec)}`, () =>
      this.restored(name, spec, (tensor, restored, bytes) => this.errors(tensor, restored, bytes)),
    );
  }

  lossRise(name: string, spec: CodecSpec): Promise<number> {
    const lossRise = this.calibration?.lossRise;
    if (!lossRise)
      throw new LabError(
        'bad-plan',
        'Measuring the sensitivity of a tensor needs calibration data, and there is none.',
        'Name a calibration set (calibration=tinystories-calibration).',
      );
    return cached(this.cache.rises, `${name} ${formatCodecFully(spec)}`, () =>
      this.restored(name, spec, (tensor, restored) => lossRise(tensor, restored, this.context.signal)),
    );
  }

  private async inputsOf(tensor: TensorSpec): Promise<InputStatistics | undefined> {
    const { calibration, context } = this;
    return calibration?.float.byWeight.get(tensor.name) ?? calibration?.inputs?.of(tensor, context.signal);
  }

  private async restored<T>(
    name: string,
    spec: CodecSpec,
    measure: (tensor: TensorSpec, restored: Matrix, bytes: number) => Promise<T>,
  ): Promise<T> {
    const { model, calibration } = this;
    const { processor, seed, signal } = this.context;
    throwIfAborted(signal);
    const tensor = model.shape.tensors.find((t) => t.name === name)!;
    const assigned = { spec, codec: await resolveCodec(spec) };
    const source = await sourceTensor(model, tensor, assigned);
    const inputs = await this.inputsOf(tensor);
    const context = { seed, signal, ...calibrationFor(assigned, tensor, inputs, calibration) };
    const parts = await processor.encode(assigned.codec, source, spec.options, context);
    const stored = codedTensor(tensor, assigned, parts);
    const matrix = await decodeCoded(processor, assigned, tensor, stored, signal);
    try {
      return await measure(
        tensor,
        matrix,
        [...parts.values()].reduce((sum, part) => sum + part.length, 0),
      );
    } finally {
      processor.release(matrix);
    }
  }

  private async errors(tensor: TensorSpec, restored: Matrix, bytes: number): Promise<Trial> {
    const { calibration } = this;
    const { processor, signal } = this.context;
    const error = await processor.read(restored);
    const values = await this.model.tensor(tensor);
    for (let i = 0; i < error.length; i++) error[i] -= values[i];
    const squaredError = error.reduce((sum, e) => sum + e * e, 0);
    const inputs = await this.inputsOf(tensor);
    if (!inputs || !calibration?.outputSquares) return { bytes, squaredError };
    const outputError = await calibration.outputSquares(error, tensor.matrix[0], inputs, signal);
    return { bytes, squaredError, outputError };
  }
}

function cached<T>(known: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  let found = known.get(key);
  if (!found) {
    known.set(key, (found = work()));
    // A trial that was stopped or failed may be tried again.
    found.catch(() => known.delete(key));
  }
  return found;
}
