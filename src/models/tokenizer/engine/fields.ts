import { shown } from '../../../base/shown';
import type { TokenizerJson } from '../json';
import { refusal } from './refusal';

/**
 * Reads the fields of one component of tokenizer.json. Every field must be asked for before `end`, so that a field the lab
 * does not know is refused by name and never skipped.
 */
export class Fields {
  /** The value of `type`, or '' if there is none. */
  readonly type: string;
  private readonly asked = new Set(['type']);

  /** @param role what the component is, such as "normalizer" */
  constructor(
    private readonly json: TokenizerJson,
    private readonly role: string,
  ) {
    this.type = typeof json.type === 'string' ? json.type : '';
  }

  boolean(name: string, otherwise?: boolean): boolean {
    return this.read(
      name,
      (value) => (typeof value === 'boolean' ? value : undefined),
      'true or false',
      otherwise,
    );
  }

  string(name: string, otherwise?: string): string {
    return this.read(name, (value) => (typeof value === 'string' ? value : undefined), 'a text', otherwise);
  }

  /** Returns a text of exactly one character. */
  character(name: string, otherwise?: string): string {
    const one = (value: unknown) =>
      typeof value === 'string' && [...value].length === 1 ? value : undefined;
    return this.read(name, one, 'one character', otherwise);
  }

  /** Returns an integer of at least 0. */
  integer(name: string, otherwise?: number): number {
    const count = (value: unknown) =>
      Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
    return this.read(name, count, 'an integer of at least 0', otherwise);
  }

  choice<T extends string>(name: string, choices: readonly T[], otherwise?: T): T {
    const known = (value: unknown) => choices.find((choice) => choice === value);
    return this.read(name, known, `one of ${choices.join(', ')}`, otherwise);
  }

  /** Returns a list of components. */
  components(name: string): TokenizerJson[] {
    const list = (value: unknown) =>
      Array.isArray(value) && value.every(isObject) ? (value as TokenizerJson[]) : undefined;
    return this.read(name, list, 'a list of components');
  }

  /** Returns any value; undefined if there is none or it is null. */
  any(name: string): unknown {
    this.asked.add(name);
    return this.json[name] ?? undefined;
  }

  /** Declares fields that change neither ids nor offsets. */
  neutral(...names: string[]): void {
    for (const name of names) this.asked.add(name);
  }

  /** Refuses fields that were not asked for. */
  end(): void {
    const unknown = Object.keys(this.json).find((name) => !this.asked.has(name));
    if (unknown !== undefined)
      throw this.refused(`has the field ${shown(unknown)}, which the lab does not know`);
  }

  /** Returns the error about this component; `why` is a predicate. */
  refused(why: string): Error {
    const name = this.type ? `${this.role} ${this.type}` : this.role;
    return refusal(`its ${name} ${why}`);
  }

  private read<T>(name: string, parse: (value: unknown) => T | undefined, what: string, otherwise?: T): T {
    this.asked.add(name);
    const value = this.json[name] ?? undefined;
    if (value === undefined && otherwise !== undefined) return otherwise;
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    throw this.refused(
      value === undefined ? `lacks ${name}` : `has ${name} ${shown(value)}, which is not ${what}`,
    );
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
