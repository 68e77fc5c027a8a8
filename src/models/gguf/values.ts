import { LabError } from '../../base/errors';
import type { GgufFile, GgufArrays, GgufValue } from '../../formats/gguf/types';

/** Metadata in the order it is written. */
export type GgufEntries = [key: string, value: GgufValue][];

export const uint32 = (value: number): GgufValue => ({ type: 'uint32', value });
export const float32 = (value: number): GgufValue => ({ type: 'float32', value });
export const flag = (value: boolean): GgufValue => ({ type: 'bool', value });
export const ggufText = (value: string): GgufValue => ({ type: 'string', value });
export const texts = (value: readonly string[]): GgufValue => ({ type: 'array', items: 'string', value });
export const int32s = (value: Int32Array): GgufValue => ({ type: 'array', items: 'int32', value });
export const float32s = (value: Float32Array): GgufValue => ({ type: 'array', items: 'float32', value });

/** Reads metadata by key and kind. The file is hostile: what is absent or of another kind is an error that names the key. */
export class MetadataReader {
  private readonly metadata: GgufFile['metadata'];

  constructor(metadata: GgufFile['metadata']) {
    this.metadata = metadata;
  }

  has(key: string): boolean {
    return this.metadata.has(key);
  }

  /** A whole number from 0 up, of whatever integer type. @throws LabError bad-file */
  integer(key: string): number {
    const value = this.need(key);
    const number = typeof value.value === 'bigint' ? Number(value.value) : value.value;
    if (isIntegerType(value.type) && Number.isSafeInteger(number) && (number as number) >= 0)
      return number as number;
    throw wrong(key, value, 'a whole number from 0 up');
  }

  optionalInteger(key: string): number | undefined {
    return this.has(key) ? this.integer(key) : undefined;
  }

  /** A finite number. @throws LabError bad-file */
  number(key: string): number {
    const value = this.need(key);
    const isFloat = value.type === 'float32' || value.type === 'float64';
    if (isFloat && Number.isFinite(value.value)) return shortest(value.value);
    if (isIntegerType(value.type)) return Number(value.value);
    throw wrong(key, value, 'a finite number');
  }

  optionalNumber(key: string): number | undefined {
    return this.has(key) ? this.number(key) : undefined;
  }

  /** @throws LabError bad-file */
  text(key: string): string {
    const value = this.need(key);
    if (value.type === 'string') return value.value;
    throw wrong(key, value, 'a string');
  }

  optionalText(key: string): string | undefined {
    return this.has(key) ? this.text(key) : undefined;
  }

  /** @throws LabError bad-file */
  optionalFlag(key: string): boolean | undefined {
    if (!this.has(key)) return undefined;
    const value = this.need(key);
    if (value.type === 'bool') return value.value;
    throw wrong(key, value, 'true or false');
  }

  /** An array of one element type. @throws LabError bad-file */
  list<T extends keyof GgufArrays>(key: string, items: T): GgufArrays[T] {
    const value = this.need(key);
    if (value.type === 'array' && value.items === items) return value.value as GgufArrays[T];
    throw wrong(key, value, `an array of ${items}`);
  }

  private need(key: string): GgufValue {
    const value = this.metadata.get(key);
    if (value) return value;
    throw badField(key, 'is missing');
  }
}

function isIntegerType(type: GgufValue['type']): boolean {
  return /^u?int(8|16|32|64)$/.test(type);
}

/** The shortest decimal of a float32: 1e-5 rather than 9.999999747378752e-6. */
function shortest(value: number): number {
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === Math.fround(value) ? short : value;
}

function wrong(key: string, value: GgufValue, wanted: string): LabError {
  const type = value.type === 'array' ? `an array of ${value.items}` : value.type;
  return badField(key, `is ${type}, not ${wanted}`);
}

/** A field of a GGUF file that cannot be used. */
export function badField(key: string, why: string): LabError {
  return new LabError(
    'bad-file',
    `The GGUF file’s ${key} ${why}.`,
    'Download or convert the model again; it may be damaged or of a kind this version does not read.',
  );
}
