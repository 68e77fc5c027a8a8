/**
 * What a pickle can build here: Python's plain values, and objects of the host, which are data as well. Containers take memory when
 * something is put into them: a pickle can hold an empty one in a single byte.
 */
export abstract class PickleObject {
  /** How a sentence calls the value. */
  abstract get kind(): string;
}

export class PickleTuple extends PickleObject {
  static readonly EMPTY = new PickleTuple([]);

  constructor(readonly items: readonly PickleValue[]) {
    super();
  }

  get kind(): string {
    return 'a tuple';
  }
}

export class PickleList extends PickleObject {
  private list: PickleValue[] | undefined = undefined;

  get kind(): string {
    return 'a list';
  }

  push(value: PickleValue): void {
    (this.list ??= []).push(value);
  }

  get items(): readonly PickleValue[] {
    return this.list ?? [];
  }
}

/** A dict or an OrderedDict: both keep their order. */
export class PickleDict extends PickleObject {
  private map: Map<string | number, PickleValue> | undefined = undefined;

  get kind(): string {
    return 'a dict';
  }

  set(key: string | number, value: PickleValue): void {
    (this.map ??= new Map()).set(key, value);
  }

  get(key: string | number): PickleValue | undefined {
    return this.map?.get(key);
  }

  entries(): Iterable<readonly [key: string | number, value: PickleValue]> {
    return this.map ?? [];
  }
}

export type PickleValue = null | boolean | number | string | PickleObject;

/** How a sentence calls any value. */
export function pickleKind(value: PickleValue): string {
  if (value === null) return 'None';
  if (value instanceof PickleObject) return value.kind;
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}
