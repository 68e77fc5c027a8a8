import { damaged } from '../../contract/parts';
import { fromBase64 } from './base64';

/**
 * An object of a stored JSON document, whose fields are checked as they are read.
 * @throws LabError bad-file naming the tensor for a field that violates the format
 */
export class StoredJson {
  readonly name: string;
  private readonly value: Record<string, unknown>;
  private readonly path: string;

  private constructor(name: string, value: unknown, path: string) {
    if (typeof value !== 'object' || value === null) throw damaged(name, `its ${path} is not an object`);
    this.name = name;
    this.value = value as Record<string, unknown>;
    this.path = path;
  }

  static parse(name: string, bytes: Uint8Array): StoredJson {
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      return new StoredJson(name, JSON.parse(text), 'container');
    } catch {
      throw damaged(name, 'its container is not a JSON document');
    }
  }

  has(key: string): boolean {
    return Object.hasOwn(this.value, key);
  }

  object(key: string): StoredJson {
    return new StoredJson(this.name, this.value[key], `${this.path}.${key}`);
  }

  /** Reads an array of exactly `length` objects. */
  list(key: string, length: number): StoredJson[] {
    const value = this.value[key];
    if (!Array.isArray(value) || value.length !== length) throw this.wrong(key, `a list of ${length}`);
    return value.map((item, i) => new StoredJson(this.name, item, `${this.path}.${key}[${i}]`));
  }

  number(key: string, low = -Infinity, high = Infinity): number {
    const value = this.value[key];
    if (typeof value !== 'number' || !Number.isFinite(value) || value < low || value > high)
      throw this.wrong(key, `a number from ${low} to ${high}`);
    return value;
  }

  integer(key: string, low: number, high: number): number {
    const value = this.number(key, low, high);
    if (!Number.isInteger(value)) throw this.wrong(key, 'a whole number');
    return value;
  }

  equals(key: string, expected: string | number): void {
    if (this.value[key] !== expected) throw this.wrong(key, String(expected));
  }

  /** Reads base64 of exactly `length` bytes, or of any number of bytes. */
  bytes(key: string, length?: number): Uint8Array {
    const bytes = fromBase64(this.value[key]);
    if (!bytes || (length !== undefined && bytes.length !== length))
      throw this.wrong(key, length === undefined ? 'base64' : `${length} bytes in base64`);
    return bytes;
  }

  entries(key: string): [string, unknown][] {
    return Object.entries(this.object(key).value);
  }

  /** Makes the error for a field of another form. */
  wrong(key: string, expected: string) {
    return damaged(this.name, `${this.path}.${key} is not ${expected}`);
  }
}
