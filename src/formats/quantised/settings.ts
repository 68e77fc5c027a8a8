import { shown } from '../../base/shown';
import { notImplemented } from './parts';

/** The settings of a quantised checkpoint, each checked when it is read. */
export class QuantisationSettings {
  constructor(
    readonly format: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  /** Returns whether the settings have a value other than null. */
  has(key: string): boolean {
    return Object.hasOwn(this.values, key) && this.values[key] !== null;
  }

  /** Returns an integer. @throws LabError unsupported for other values, and where it is absent without a default */
  integer(key: string, fallback?: number): number {
    const value = this.has(key) ? this.values[key] : fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    throw this.refused(key, 'an integer is needed');
  }

  /** Returns an integer of a list. @throws LabError unsupported for other values */
  oneOf(key: string, allowed: readonly number[]): number {
    const value = this.integer(key);
    if (allowed.includes(value)) return value;
    throw this.refused(key, `only ${allowed.join(', ')} can be read`);
  }

  /** Returns a finite number. @throws LabError unsupported for other values */
  number(key: string): number {
    const value = this.values[key];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw this.refused(key, 'a number is needed');
  }

  /** Returns a list of integers. @throws LabError unsupported for other values */
  integers(key: string): readonly number[] {
    const value = this.values[key];
    if (Array.isArray(value) && value.length <= 8 && value.every((n) => Number.isSafeInteger(n)))
      return value as number[];
    throw this.refused(key, 'a short list of integers is needed');
  }

  /** Returns a boolean. @throws LabError unsupported for other values */
  flag(key: string, fallback: boolean): boolean {
    const value = this.has(key) ? this.values[key] : fallback;
    if (typeof value === 'boolean') return value;
    throw this.refused(key, 'true or false is needed');
  }

  /** Returns a text in lower case. @throws LabError unsupported for other values than those allowed */
  text<Allowed extends string>(key: string, allowed: readonly Allowed[], fallback?: Allowed): Allowed {
    const value = this.has(key) ? this.values[key] : fallback;
    const lower = typeof value === 'string' ? value.toLowerCase() : value;
    const found = allowed.find((name) => name === lower);
    if (found !== undefined) return found;
    throw this.refused(key, `only ${allowed.map((name) => `"${name}"`).join(', ')} can be read`);
  }

  /** Returns a group of settings; undefined if there is none. @throws LabError unsupported if it is no object */
  object(key: string): Readonly<Record<string, unknown>> | undefined {
    if (!this.has(key)) return undefined;
    const value = this.values[key];
    if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>;
    throw this.refused(key, 'an object is needed');
  }

  /** Refuses a setting that is there and not empty: it changes what the numbers mean. */
  absent(key: string, why: string): void {
    const value = this.has(key) ? this.values[key] : undefined;
    const empty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
    if (value !== undefined && value !== false && !empty) throw this.refused(key, why);
  }

  private refused(key: string, why: string) {
    const value = this.has(key) ? `${key} is ${shown(this.values[key])}` : `${key} is missing`;
    return notImplemented(this.format, `${value}, and ${why}`);
  }
}
