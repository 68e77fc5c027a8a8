import type { Dtype } from '../formats/dtypes';
import type { TensorPair } from './pair';

/** What an encoder stores of a tensor: bytes by suffix, and numbers for the description in the file's header. */
export interface EncodedDelta {
  parts: Readonly<Record<string, Uint8Array>>;
  settings?: Readonly<Record<string, number>>;
}

/** What a decoder gets: the stored parts and settings, and the tensor of the base. */
export interface StoredDelta {
  parts: ReadonlyMap<string, Uint8Array>;
  settings: Readonly<Record<string, number>>;
  dtype: Dtype;
  shape: readonly number[];
  base: Uint8Array;
}

/** How closely lossy encoders must follow the difference. */
export interface EncodeLimits {
  /** The largest ‖Δ̂ − Δ‖ ÷ ‖Δ‖ of a tensor, by which an encoder may choose its own options. */
  maxError: number;
  /** Seed of random choices. */
  seed: number;
}

/**
 * A way to store the difference between two tensors. Each file of encoders/ defines one, and nothing else lists them. Equal inputs give
 * equal bytes, and decoding uses no function whose result differs between JavaScript engines.
 */
export interface DeltaEncoder {
  id: string;
  /** What it stores, for tables. */
  label: string;
  /** Whether every bit of the tensor is restored. Encoders that are not exact get float tensors only. */
  isExact: boolean;
  /** Whether it is used only where it is asked for, because its error does not follow a limit. */
  isOptional?: boolean;
  /** Encodes a tensor; undefined if this encoder cannot store it. @throws LabError not-finite */
  encode(
    pair: TensorPair,
    limits: EncodeLimits,
  ): EncodedDelta | undefined | Promise<EncodedDelta | undefined>;
  /** Restores the values as the file of the fine-tuned model stores them. @throws CorruptData for parts that do not fit */
  decode(stored: StoredDelta): Uint8Array;
}

const FILES = import.meta.glob<DeltaEncoder>('./encoders/*.ts', { import: 'default', eager: true });

/** All encoders by id. */
export const deltaEncoders: ReadonlyMap<string, DeltaEncoder> = new Map(
  Object.values(FILES)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((encoder) => [encoder.id, encoder]),
);
