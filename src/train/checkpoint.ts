import * as v from 'valibot';
import { LabError } from '../base/errors';
import { issuePath } from '../base/issue';
import { assertFinite } from '../base/finite';
import { parseSafetensors, toFloat32 } from '../formats/safetensors/read';
import { writeSafetensors, type NamedTensor } from '../formats/safetensors/write';
import { parseTrainOptions, trainSchema, type TrainOptions } from './options';
import type { StateTensor } from './parameters';
import type { BatchSource } from './sampler';

/** A safetensors file with latent weights, averages and scales, and in its metadata the step, the options and the data. */
export interface Checkpoint {
  bytes: Uint8Array;
}

/** Identifies the run: only one with the same model, data and options may resume from the checkpoint. */
export interface CheckpointHead {
  /** Number of finished steps, which is the index of the next batch. */
  step: number;
  options: TrainOptions;
  data: Pick<BatchSource, 'name' | 'sha256' | 'augmentation'>;
  /** The architecture, and the SHA-256 of the weights that training began with. */
  model: { architecture: string; sha256: string };
}

export interface TrainingState extends CheckpointHead {
  tensors: ReadonlyMap<string, { shape: readonly number[]; values: Float32Array }>;
}

const KEY = 'bitcurve.training';

const schema = v.strictObject({
  version: v.literal(1),
  step: v.pipe(v.number(), v.integer(), v.minValue(0)),
  options: trainSchema,
  data: v.strictObject({ name: v.string(), sha256: v.string(), augmentation: v.optional(v.string()) }),
  model: v.strictObject({ architecture: v.string(), sha256: v.string() }),
});

/**
 * Writes a checkpoint.
 * @throws LabError out-of-memory when the host cannot hold it in one piece
 */
export function writeCheckpoint(
  head: CheckpointHead,
  tensors: readonly { name: string; shape: readonly number[]; values: Float32Array }[],
): Checkpoint {
  const named = tensors.map(({ name, shape, values }): NamedTensor => ({
    name,
    dtype: 'F32',
    shape,
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  }));
  try {
    return { bytes: writeSafetensors(named, { [KEY]: JSON.stringify({ version: 1, ...head }) }) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new LabError(
      'out-of-memory',
      'The checkpoint is too large for one block of memory here.',
      'Train a smaller model, or continue without a checkpoint.',
      error,
    );
  }
}

/**
 * Reads a checkpoint of unknown origin.
 * @throws LabError bad-file naming what is wrong; not-finite naming the tensor
 */
export function parseCheckpoint({ bytes }: Checkpoint): TrainingState {
  const file = parseSafetensors(bytes);
  const head = parseHead(file.metadata[KEY]);
  const tensors = new Map(
    [...file.tensors].map(([name, stored]) => {
      if (stored.dtype !== 'F32') throw bad(`its tensor ${name} is ${stored.dtype}, not F32`);
      const values = toFloat32(stored);
      assertFinite(name, values);
      return [name, { shape: stored.shape, values }];
    }),
  );
  return { ...head, tensors };
}

function parseHead(text: string | undefined): CheckpointHead {
  if (text === undefined) throw bad(`its metadata has no "${KEY}" entry`);
  const result = v.safeParse(schema, parseJson(text), { abortEarly: true });
  if (!result.success)
    throw bad(`its metadata field ${issuePath(result.issues[0]) ?? KEY} is not one that this version writes`);
  const { step, data, model } = result.output;
  const options = parseTrainOptions(result.output.options);
  if (step > options.steps) throw bad(`it claims step ${step} of ${options.steps}`);
  return { step, options, data, model };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw bad('its metadata is not JSON', error);
  }
}

/**
 * Checks that a state belongs to this run.
 * @param states the tensors of this run
 * @throws LabError bad-plan when options, model or data differ, bad-file when tensors do
 */
export function checkResume(
  state: TrainingState,
  head: Omit<CheckpointHead, 'step'>,
  states: readonly StateTensor[],
): void {
  if (state.model.architecture !== head.model.architecture || state.model.sha256 !== head.model.sha256)
    throw other('began with other weights', 'Load the model from which it was made.');
  checkData(state.data, head.data);
  checkOptions(state.options, head.options);
  checkTensors(state, states);
}

/** Compares the data by checksum and not by name, because a file may have been renamed. */
function checkData(stored: CheckpointHead['data'], wanted: CheckpointHead['data']): void {
  const named = quote(stored.name);
  if (stored.sha256 !== wanted.sha256)
    throw other(
      `was trained on ${named} with other contents than ${wanted.name}`,
      'Choose the same training data.',
    );
  if (stored.augmentation === wanted.augmentation) return;
  const how = (augmentation = 'as they are') => quote(augmentation);
  throw other(
    `saw the data ${how(stored.augmentation)}, this run sees them ${how(wanted.augmentation)}`,
    'Resume with the same augmentation, or start a new run.',
  );
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}

/** A run whose options changed midway could not be reproduced from one set of options. */
function checkOptions(stored: TrainOptions, wanted: TrainOptions): void {
  const [a, b] = [flat(stored), flat(wanted)];
  const names = [...new Set([...a.keys(), ...b.keys()])];
  const name = names.find((each) => a.get(each) !== b.get(each));
  if (name === undefined) return;
  const said = (value: string | undefined) => value ?? 'nothing';
  throw other(
    `has ${name} = ${said(a.get(name))}, this run ${said(b.get(name))}`,
    'Resume with the options it was made with, or start a new run.',
  );
}

/** Returns the leaves of the options by path, as JSON. */
function flat(value: object, path = ''): Map<string, string> {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return new Map(
    entries.flatMap(([key, each]: [string, unknown]): [string, string][] => {
      const name = path + key;
      if (typeof each === 'object' && each !== null) return [...flat(each, `${name}.`)];
      return [[name, JSON.stringify(each)]];
    }),
  );
}

function checkTensors({ tensors }: TrainingState, states: readonly StateTensor[]): void {
  for (const { name, shape, nonNegative } of states) {
    const found = tensors.get(name);
    if (!found) throw bad(`it lacks the tensor ${name}`);
    if (String(found.shape) !== String(shape))
      throw bad(
        `its tensor ${name} has shape [${found.shape.slice(0, 8).join(', ')}], not [${shape.join(', ')}]`,
      );
    if (nonNegative && found.values.some((value) => value < 0))
      throw bad(`its tensor ${name} holds a negative mean of squares or of magnitudes`);
  }
  const known = new Set(states.map(({ name }) => name));
  const extra = [...tensors.keys()].find((name) => !known.has(name));
  if (extra !== undefined)
    throw bad(`its tensor ${JSON.stringify(extra.slice(0, 80))} is not part of the state of this run`);
}

function other(why: string, remedy: string): LabError {
  return new LabError('bad-plan', `The checkpoint is of another run: it ${why}.`, remedy);
}

function bad(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a usable training checkpoint: ${why}.`,
    'Use another checkpoint of this run, or start again.',
    cause,
  );
}
