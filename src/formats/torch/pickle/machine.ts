import { badTorch } from '../errors';
import { quoted } from '../../../base/shown';
import { viewOf } from '../readExactly';
import { PickleTuple, type PickleValue } from './values';

/** The environment of a pickle: globals, calls and persistent ids. All three only look up and build data. */
export interface PickleHost {
  /**
   * Returns the value of a global.
   * @throws LabError unsupported for a name that is not allowed
   */
  global(module: string, name: string): PickleValue;
  /** Returns the result of a call to a global. */
  call(callable: PickleValue, args: PickleTuple): PickleValue;
  /** Returns the object of a persistent id. */
  persistent(id: PickleValue): PickleValue;
}

/**
 * The stack, marks and memo of Python's pickle machine. It has no loops, jumps or imports: each opcode is executed once
 * and allocates at most its own size plus a constant.
 */
export class PickleMachine {
  at = 0;
  private readonly stack: PickleValue[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    readonly host: PickleHost,
  ) {
    this.view = viewOf(bytes);
  }

  /** Advances by `length` bytes and returns the offset at which they begin. */
  claim(length: number): number {
    const begin = this.at;
    if (length > this.bytes.byteLength - begin)
      throw badTorch(`its pickle needs ${length} bytes at byte ${begin}, but ends before that`);
    this.at = begin + length;
    return begin;
  }

  uint8(): number {
    return this.view.getUint8(this.claim(1));
  }

  uint16(): number {
    return this.view.getUint16(this.claim(2), true);
  }

  uint32(): number {
    return this.view.getUint32(this.claim(4), true);
  }

  int32(): number {
    return this.view.getInt32(this.claim(4), true);
  }

  /** Reads a 64-bit length as a number; values above 2⁵³ are rounded and exceed any file. */
  length64(): number {
    return Number(this.view.getBigUint64(this.claim(8), true));
  }

  /** Reads a float64, the only big-endian number in a pickle. */
  float64(): number {
    return this.view.getFloat64(this.claim(8), false);
  }

  /** Reads a little-endian two's complement integer of `length` bytes. */
  integer(length: number): number {
    const begin = this.claim(length);
    let value = 0n;
    for (let i = 0; i < Math.min(length, MAX_INTEGER_BYTES); i++)
      value |= BigInt(this.bytes[begin + i]) << BigInt(8 * i);
    const number = Number(BigInt.asIntN(8 * length, value));
    if (length <= MAX_INTEGER_BYTES && Number.isSafeInteger(number)) return number;
    throw badTorch(`the integer at byte ${begin} of its pickle exceeds 2^53`);
  }

  /** Reads a UTF-8 string of `length` bytes. */
  text(length: number): string {
    const begin = this.claim(length);
    try {
      return UTF8.decode(this.bytes.subarray(begin, begin + length));
    } catch (error) {
      throw badTorch(`the string at byte ${begin} of its pickle is not UTF-8`, error);
    }
  }

  /** Reads a string up to the next line feed. */
  line(): string {
    const end = this.bytes.indexOf(LINE_FEED, this.at);
    if (end < 0) throw badTorch(`the line at byte ${this.at} of its pickle has no end`);
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  /** Removes and returns the top of the stack, but not from below the last mark. */
  pop(): PickleValue {
    this.need(1);
    return this.stack.pop()!;
  }

  top(): PickleValue {
    this.need(1);
    return this.stack[this.stack.length - 1];
  }

  /** Removes and returns the last `count` values of the stack, in order. */
  popMany(count: number): PickleValue[] {
    this.need(count);
    return this.stack.splice(this.stack.length - count);
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  /** Removes the last mark and returns the values after it. */
  popMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined)
      throw badTorch(`its pickle uses a mark that it did not set, before byte ${this.at}`);
    return this.stack.splice(mark);
  }

  private need(count: number): void {
    if (this.stack.length - (this.marks.at(-1) ?? 0) < count)
      throw badTorch(`its pickle takes a value from an empty stack, before byte ${this.at}`);
  }

  /** Stores the top of the stack in the memo. */
  remember(index = this.memo.size): void {
    this.memo.set(index, this.top());
  }

  /** Pushes a value from the memo. */
  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw badTorch(`its pickle reads memo ${index}, which it did not write`);
    this.push(value);
  }

  /** Returns the top of the stack, which must be of class `type` and stays there. */
  topAs<T extends PickleValue>(type: new (...args: never[]) => T, what: string): T {
    return this.as(this.top(), type, what);
  }

  /** Returns the value, which must be of class `type`. */
  as<T extends PickleValue>(value: PickleValue, type: new (...args: never[]) => T, what: string): T {
    if (value instanceof type) return value;
    throw badTorch(`its pickle needs ${what} before byte ${this.at}`);
  }

  string(value: PickleValue): string {
    if (typeof value === 'string') return value;
    throw badTorch(`its pickle needs a string before byte ${this.at}`);
  }

  key(value: PickleValue): string | number {
    if (typeof value === 'string' || typeof value === 'number') return value;
    throw badTorch(`its pickle has a dict key that is neither a string nor a number, before byte ${this.at}`);
  }

  /** Returns the result of the pickle, which must be the only value on the stack. */
  result(): PickleValue {
    const value = this.pop();
    if (this.stack.length > 0 || this.marks.length > 0)
      throw badTorch(`its pickle ends at byte ${this.at} with values left over`);
    return value;
  }
}

const MAX_INTEGER_BYTES = 8;
const LINE_FEED = 0x0a;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Returns the error about an opcode that is not supported. */
export function unknownOpcode(opcode: number, at: number): Error {
  const hex = opcode.toString(16).padStart(2, '0');
  return badTorch(
    `its pickle has opcode ${quoted(`0x${hex}`)} at byte ${at}, which a state dict does not need`,
  );
}
