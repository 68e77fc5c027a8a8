import { invariant, LabError } from '../base/errors';
import { quoted } from '../base/shown';
import { toFloat32 } from '../formats/safetensors/read';
import { deltaEncoders, type DeltaEncoder, type EncodedDelta, type EncodeLimits } from './encoder';
import { differenceOf, isFloat, type TensorPair } from './pair';

/** Which encoders a delta may use. */
export interface EncoderChoice extends EncodeLimits {
  /** Whether only encoders that restore every bit may be used. */
  exact: boolean;
  /** Ids of the encoders to choose from; all by default, without the optional ones. */
  encoders?: readonly string[];
}

export const DEFAULT_MAX_ERROR = 0.05;

/** Reads the largest error of a tensor’s difference. @throws LabError bad-plan for anything but a number from 0 to below 1 */
export function parseMaxError(text: string, spelled: string): number {
  const error = Number(text);
  if (/^[\d.]+(e-\d+)?$/.test(text) && error >= 0 && error < 1) return error;
  throw new LabError(
    'bad-plan',
    `${spelled} cannot be ${quoted(text)}.`,
    'Write a number from 0 to below 1, such as 0.05.',
  );
}

/** A tensor as it is stored. */
export interface ChosenDelta extends EncodedDelta {
  encoder: string;
  /** Bytes in the file, with the entries of the parts in its header. */
  bytes: number;
  /** ‖Δ̂ − Δ‖ ÷ ‖Δ‖, 0 if every bit is restored. */
  error: number;
  /** The values that decoding gives. */
  restored: Uint8Array;
}

/** Bytes of a part's entry in the header, besides its name. */
const ENTRY_BYTES = 62;

/** Returns the encoders that a choice names. @throws LabError bad-plan for an unknown id, and for one that `exact` excludes */
export function chosenEncoders({ exact, encoders }: EncoderChoice): DeltaEncoder[] {
  const named = encoders?.map((id) => {
    const encoder = deltaEncoders.get(id);
    if (encoder && (!exact || encoder.isExact)) return encoder;
    const known = [...deltaEncoders.values()].filter(({ isExact }) => !exact || isExact).map(({ id }) => id);
    throw new LabError(
      'bad-plan',
      encoder ? `${id} does not restore every bit.` : `There is no encoder ${quoted(id)}.`,
      `Choose from ${known.join(', ')}.`,
    );
  });
  const all = named ?? [...deltaEncoders.values()].filter(({ isOptional }) => !isOptional);
  return all.filter(({ isExact }) => !exact || isExact);
}

/**
 * Stores a tensor with the encoder that takes the fewest bytes and holds the limit of the error. If encoders were named, a limit does
 * not apply to them. A tensor that none of the named ones can store is stored by the best exact one.
 * @throws LabError not-finite naming the tensor, if a lossy encoder is allowed
 */
export async function chooseDelta(pair: TensorPair, choice: EncoderChoice): Promise<ChosenDelta> {
  const zero = await tried(deltaEncoders.get('zero')!, pair, choice);
  if (zero) return zero;
  const allowed = chosenEncoders(choice).filter(({ isExact }) => isExact || isFloat(pair.dtype));
  const limit = choice.encoders ? Infinity : choice.maxError;
  const exact = [...deltaEncoders.values()].filter(({ isExact }) => isExact);
  const best = (await smallest(allowed, pair, choice, limit)) ?? (await smallest(exact, pair, choice, 0));
  invariant(best, `no encoder stores ${pair.name}`);
  return best;
}

async function smallest(
  encoders: readonly DeltaEncoder[],
  pair: TensorPair,
  choice: EncoderChoice,
  limit: number,
): Promise<ChosenDelta | undefined> {
  let best: ChosenDelta | undefined;
  for (const encoder of encoders) {
    const found = await tried(encoder, pair, choice, best?.bytes);
    if (found && found.error <= limit && (!best || found.bytes < best.bytes)) best = found;
  }
  return best;
}

/** Encodes with one encoder and restores what it stored. @param most bytes from which on the result is of no use */
async function tried(
  encoder: DeltaEncoder,
  pair: TensorPair,
  limits: EncodeLimits,
  most = Infinity,
): Promise<ChosenDelta | undefined> {
  const encoded = await encoder.encode(pair, limits);
  if (!encoded) return undefined;
  const { parts, settings = {} } = encoded;
  const bytes = storedBytes(pair.name, encoded);
  if (bytes >= most) return undefined;
  const { dtype, shape, base } = pair;
  const restored = encoder.decode({ parts: new Map(Object.entries(parts)), settings, dtype, shape, base });
  const isSame = restored.length === pair.tuned.length && restored.every((byte, i) => byte === pair.tuned[i]);
  invariant(isSame || !encoder.isExact, `${encoder.id} does not restore ${pair.name}`);
  return { encoder: encoder.id, ...encoded, bytes, error: isSame ? 0 : errorOf(pair, restored), restored };
}

function storedBytes(name: string, { parts }: EncodedDelta): number {
  return Object.entries(parts).reduce(
    (sum, [suffix, bytes]) => sum + bytes.length + name.length + suffix.length + ENTRY_BYTES,
    0,
  );
}

function errorOf(pair: TensorPair, restored: Uint8Array): number {
  const [found, wanted] = [restored, pair.tuned].map((bytes) => toFloat32({ dtype: pair.dtype, bytes }));
  const difference = differenceOf(pair);
  let [error, norm] = [0, 0];
  difference.forEach((value, i) => {
    norm += value * value;
    error += (found[i] - wanted[i]) ** 2;
  });
  return Math.sqrt(error / norm);
}
