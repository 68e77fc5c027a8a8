import { LabError } from '../../base/errors';
import type { GgufFile, GgufArrays, GgufValue } from '../../formats/gguf/types';

/** Metadata in file order. */
export type GgufEntries = [key: string, value: GgufValue][];

/** Constructors of metadata values. */
export const uint32 = (value: number): GgufValue => ({ type: 'uint32', value });
export const float32 = (value: number): GgufValue => ({ type: 'float32', value });
export const bool = (value: boolean): GgufValue => ({ type: 'bool', value });
export const ggufString = (value: string): GgufValue => ({ type: 'string', value });
export const strings = (value: readonly string[]): GgufValue => ({ type: 'array', items: 'string', value });
export const int32s = (value: Int32Array): GgufValue => ({ type: 'array', items: 'int32', value });
export const float32s = (value: Float32Array): GgufValue => ({ type: 'array', items: 'float32', value });

/** Reads metadata by key and type. A missing key or another type is an error that names the key. It remembers what was read. */
export class MetadataReader {
  private readonly metadata: GgufFile['metadata'];
  private readonly read = new Set<string>();

  constructor(metadata: GgufFile['metadata']) {
    this.metadata = metadata;
  }

  /** Returns whether the key exists. */
  has(key: string): boolean {
    this.read.add(key);
    return this.metadata.has(key);
  }

  /** Returns the keys with this prefix that nothing has asked for. */
  unread(prefix: string): string[] {
    return [...this.metadata.keys()].filter((key) => key.startsWith(prefix) && !this.read.has(key));
  }

  /** Returns a non-negative integer of any integer type. @throws LabError bad-file */
  integer(key: string): number {
    const value = this.need(key);
    const number = typeof value.value === 'bigint' ? Number(value.value) : value.value;
    if (isIntegerType(value.type) && Number.isSafeInteger(number) && (number as number) >= 0)
      return number as number;
    throw wrong(key, value, 'a non-negative integer');
  }

  /** Returns an integer as above, or undefined if the key is missing. @throws LabError bad-file */
  optionalInteger(key: string): number | undefined {
    return this.has(key) ? this.integer(key) : undefined;
  }

  /** Returns a finite number; float32 values have their shortest decimal. @throws LabError bad-file */
  number(key: string): number {
    const value = this.need(key);
    const isFloat = value.type === 'float32' || value.type === 'float64';
    if (isFloat && Number.isFinite(value.value)) return shortest(value.value);
    if (isIntegerType(value.type)) return Number(value.value);
    throw wrong(key, value, 'a finite number');
  }

  /** Returns a number as above, or undefined if the key is missing. @throws LabError bad-file */
  optionalNumber(key: string): number | undefined {
    return this.has(key) ? this.number(key) : undefined;
  }

  /** Returns a string. @throws LabError bad-file */
  string(key: string): string {
    const value = this.need(key);
    if (value.type === 'string') return value.value;
    throw wrong(key, value, 'a string');
  }

  /** Returns a string, or undefined if the key is missing. @throws LabError bad-file */
  optionalString(key: string): string | undefined {
    return this.has(key) ? this.string(key) : undefined;
  }

  /** Returns a boolean, or undefined if the key is missing. @throws LabError bad-file */
  optionalBool(key: string): boolean | undefined {
    if (!this.has(key)) return undefined;
    const value = this.need(key);
    if (value.type === 'bool') return value.value;
    throw wrong(key, value, 'a boolean');
  }

  /** Returns an array of one element type. @throws LabError bad-file */
  array<T extends keyof GgufArrays>(key: string, items: T): GgufArrays[T] {
    const value = this.need(key);
    if (value.type === 'array' && value.items === items) return value.value as GgufArrays[T];
    throw wrong(key, value, `an array of ${items}`);
  }

  private need(key: string): GgufValue {
    this.read.add(key);
    const value = this.metadata.get(key);
    if (value) return value;
    throw badField(key, 'is missing');
  }
}

function isIntegerType(type: GgufValue['type']): boolean {
  return /^u?int(8|16|32|64)$/.test(type);
}

/** Returns the shortest decimal that rounds to a float32: 1e-5 rather than 9.999999747378752e-6. */
function shortest(value: number): number {
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === Math.fround(value) ? short : value;
}

function wrong(key: string, value: GgufValue, expected: string): LabError {
  const type = value.type === 'array' ? `an array of ${value.items}` : value.type;
  return badField(key, `is ${type}, not ${expected}`);
}

/** Returns the error about a metadata field or tensor of a GGUF file that cannot be used; `why` is a predicate. */
export function badField(key: string, why: string): LabError {
  return new LabError(
    'bad-file',
    `In the GGUF file, ${key} ${why}.`,
    'Download or convert the model again. The file may be damaged or of a kind that this version does not support.',
  );
}
