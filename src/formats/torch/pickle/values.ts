/**
 * An object that a pickle can build: a Python container, or an object of the host, which is data as well. Containers
 * allocate memory only for their first element, since an empty one takes a single byte of the pickle.
 */
export abstract class PickleObject {
  /** The kind of the value in an error message, such as "a dict". */
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

/** A dict or an OrderedDict; both keep the order of insertion. */
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

/** Returns the kind of any value in an error message, such as "None" or "a string". */
export function pickleKind(value: PickleValue): string {
  if (value === null) return 'None';
  if (value instanceof PickleObject) return value.kind;
  return `a ${typeof value}`;
}
