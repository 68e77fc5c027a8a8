import { LabError, throwIfAborted } from '../base/errors';
import { floatsToBfloat16s, floatsToHalves } from '../base/float16';
import type { Calibration } from '../calibrate/calibration';
import type { FileTrial } from '../codecs/contract/assigner';
import type { Parts } from '../codecs/contract/parts';
import { codecMeta, needsCalibration } from '../codecs/contract/registry';
import { formatCodec } from '../codecs/contract/spec';
import { rawTensorBytes } from '../formats/dtypes';
import { layOutSafetensors } from '../formats/safetensors/write';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { isCalibrated, uniformAssignment, type Assignment } from './assignment';
import { chooseCodecs, type CalibrationSource, type ChoiceContext } from './chooseCodecs';
import { encodeInOrder, type EncodedModel } from './encode';
import { encodeBlocks } from './encodeBlocks';
import {
  ASSET_PREFIX,
  artefactEntries,
  artefactMetadata,
  artefactSize,
  partName,
  type ArtefactEntry,
  type ArtefactSize,
} from './layout';
import type { Recipe, Rest } from './recipe';
import type { ArtefactSink } from './sink';

/** The exponent bits of a 16-bit word. Only infinities and NaN have all of them set. */
const INFINITE_EXPONENT = { float16: 0x7c00, bfloat16: 0x7f80 } as const;

export interface CompressContext extends ChoiceContext {
  /** Called after each tensor with the share of weights done, 0 … 1. */
  onProgress?: (fraction: number, tensor: string) => void;
}

export interface Compressed<File> extends Omit<EncodedModel, 'replaced'> {
  /** What the sink made of the bytes; with `memorySink` the bytes of the file, exactly as they go to disk. */
  file: File;
  size: ArtefactSize;
  /** What exactly these bytes lose on calibration data, if an assigner had them measured to keep a limit. */
  trial?: FileTrial;
}

/**
 * Compresses a model into one artefact, a safetensors file. Encoded tensors go to the sink at once, so that only the
 * tensors being encoded, and what an assigner holds, are in memory.
 * @param calibration data for calibrated codecs; undefined if there is none
 * @throws LabError naming the tensor for values a codec or `rest` cannot hold; bad-plan for a codec that needs
 * calibration where there is none; what the sink throws; Cancelled. The sink is discarded then.
 */
export async function compress<File>(
  model: Model,
  recipe: Recipe,
  calibration: CalibrationSource | undefined,
  sink: ArtefactSink<File>,
  context: CompressContext,
): Promise<Compressed<File>> {
  const job = { model, recipe, calibration };
  try {
    const { assignment, trial } = codecMeta(recipe.spec.id).assigns
      ? await chooseCodecs(model, recipe, calibration, context, (each) => tryFile(job, each, context))
      : { assignment: await uniformAssignment(model.shape, recipe) };
    return { ...(await writeArtefact(job, assignment, sink, context)), ...(trial && { trial }) };
  } catch (error) {
    await sink.discard();
    throw error;
  }
}

/** What is compressed, by what. */
interface CompressJob {
  model: Model;
  recipe: Recipe;
  calibration: CalibrationSource | undefined;
}

async function writeArtefact<File>(
  { model, recipe, calibration }: CompressJob,
  assignment: Assignment,
  sink: ArtefactSink<File>,
  context: CompressContext,
): Promise<Compressed<File>> {
  const { processor, seed, signal } = context;
  const writer = new ArtefactWriter(model, recipe, assignment, sink);
  const progress = progressOf(model, assignment, context);
  const onEncoded = async (tensor: TensorSpec, parts: Parts): Promise<void> => {
    await writer.putCoded(tensor, parts);
    progress(tensor);
  };
  const encoding = { processor, model, assignment, seed, signal, onEncoded };
  const { replaced, ...encoded } = isCalibrated(assignment)
    ? await encodeBlocks(encoding, requireCalibration(calibration, assignment))
    : await encodeInOrder(encoding);
  return { ...(await writer.finish(replaced, signal)), ...encoded };
}

/** Makes the file of an assignment that is on trial, and measures what it loses. */
async function tryFile(
  job: CompressJob,
  assignment: Assignment,
  { processor, seed, signal }: CompressContext,
): Promise<FileTrial> {
  const scorer = job.calibration?.files;
  if (!scorer)
    throw new LabError(
      'bad-plan',
      'Measuring what a whole file loses needs calibration data, and there is none.',
      'Name a calibration set (calibration=tinystories-calibration).',
    );
  const sink = scorer.sink();
  const { file, size } = await writeArtefact(job, assignment, sink, { processor, seed, signal }).catch(
    async (error: unknown) => {
      await sink.discard();
      throw error;
    },
  );
  try {
    return { bytes: size.totalBytes - size.assetBytes, ...(await scorer.loss(file, signal)) };
  } finally {
    await file.dispose();
  }
}

function progressOf(
  model: Model,
  assignment: Assignment,
  { onProgress }: CompressContext,
): (tensor: TensorSpec) => void {
  const weights = ({ matrix: [rows, columns] }: TensorSpec) => rows * columns;
  const total = model.shape.tensors.reduce((sum, t) => sum + (assignment.has(t.name) ? weights(t) : 0), 0);
  let done = 0;
  return (tensor) => {
    done += weights(tensor);
    onProgress?.(done / total, tensor.name);
  };
}

function requireCalibration(calibration: Calibration | undefined, assignment: Assignment): Calibration {
  if (calibration) return calibration;
  const spec = [...assignment.values()].map((a) => a.spec).find(needsCalibration)!;
  throw new LabError(
    'bad-plan',
    `${formatCodec(spec)} needs calibration data, and there is none.`,
    'Name a calibration set (calibration=tinystories-calibration).',
  );
}

/** Puts a file's tensors into the sink, and lays out the file when all are there. */
class ArtefactWriter<File> {
  /** Bytes of each tensor in the sink, by its name in the file. */
  private readonly lengths = new Map<string, number>();

  constructor(
    private readonly model: Model,
    private readonly recipe: Recipe,
    private readonly assignment: Assignment,
    private readonly sink: ArtefactSink<File>,
  ) {}

  async putCoded(tensor: TensorSpec, parts: Parts): Promise<void> {
    for (const [suffix, bytes] of parts) await this.put(partName(tensor, suffix), bytes);
  }

  /** @param replaced new values of float tensors, by name */
  async finish(
    replaced: ReadonlyMap<string, Float32Array>,
    signal?: AbortSignal,
  ): Promise<Pick<Compressed<File>, 'file' | 'size'>> {
    const { sink, model, recipe, assignment, lengths } = this;
    await this.putRest(replaced, signal);
    for (const [name, bytes] of model.assets) await this.put(ASSET_PREFIX + name, bytes);
    const entries = artefactEntries(model, recipe, assignment, lengths);
    for (const entry of entries) this.check(entry);
    const { head, ordered } = layOutSafetensors(entries, artefactMetadata(model, recipe, assignment));
    const names = ordered.map(({ name }) => name);
    const file = await sink.finish(head, names, signal);
    return { file, size: artefactSize(model, recipe, entries, head.byteLength) };
  }

  /** Stores the tensors that no codec codes. */
  private async putRest(replaced: ReadonlyMap<string, Float32Array>, signal?: AbortSignal): Promise<void> {
    const { model, recipe, assignment } = this;
    for (const tensor of model.shape.tensors) {
      if (assignment.has(tensor.name)) continue;
      throwIfAborted(signal);
      const values = replaced.get(tensor.name) ?? (await model.tensor(tensor));
      await this.put(tensor.name, encodeRest(tensor.name, values, recipe.rest));
    }
  }

  private async put(name: string, bytes: Uint8Array): Promise<void> {
    this.lengths.set(name, bytes.byteLength);
    await this.sink.put(name, bytes);
  }

  private check({ name, dtype, shape }: ArtefactEntry): void {
    const [length, expected] = [this.lengths.get(name) ?? 0, rawTensorBytes(dtype, shape)];
    if (length === expected) return;
    throw new LabError(
      'internal',
      `${name} was encoded to ${length} bytes; its layout says ${expected}.`,
      'Please report this with the codec.',
    );
  }
}

/** Stores an uncoded tensor in the rest's float type, rounding half to even. */
function encodeRest(name: string, values: Float32Array, rest: Rest): Uint8Array {
  if (rest === 'float32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = rest === 'float16' ? floatsToHalves(values) : floatsToBfloat16s(values);
  const infinite = INFINITE_EXPONENT[rest];
  const over = bits.findIndex((word) => (word & infinite) === infinite);
  if (over >= 0) throw overflow(name, values[over], rest);
  return new Uint8Array(bits.buffer);
}

function overflow(name: string, value: number, rest: Rest): LabError {
  return new LabError(
    'bad-input',
    `${name} holds ${value}, which ${rest} cannot store.`,
    rest === 'float16'
      ? 'Store uncoded tensors as float32 or bfloat16 (--rest bfloat16).'
      : 'Store uncoded tensors as float32 (--rest float32).',
  );
}
