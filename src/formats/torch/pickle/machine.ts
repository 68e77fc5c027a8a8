import { badTorch } from '../errors';
import { quoted } from '../../../base/shown';
import { viewOf } from '../readExactly';
import { PickleTuple, type PickleValue } from './values';

/** What lies outside a pickle: names of globals, calls and storages. All three only look up and build data. */
export interface PickleHost {
  /** @throws LabError unsupported for a name that is not on its list */
  global(module: string, name: string): PickleValue;
  call(callable: PickleValue, args: PickleTuple): PickleValue;
  persistent(id: PickleValue): PickleValue;
}

/**
 * The stack, marks and memo of Python's pickle machine over one pickle. It has no loops, no jumps and no imports: opcodes are
 * executed once each, and no opcode allocates more than its own bytes and a constant.
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

  /** Claims `length` bytes and returns where they begin. */
  claim(length: number): number {
    const begin = this.at;
    if (length > this.bytes.byteLength - begin)
      throw badTorch(`its pickle needs ${length} bytes at ${begin}, but ends before`);
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

  /** A 64-bit length; those behind any file read as more than any file has. */
  length64(): number {
    return Number(this.view.getBigUint64(this.claim(8), true));
  }

  /** Big-endian, alone among the numbers of a pickle. */
  float64(): number {
    return this.view.getFloat64(this.claim(8), false);
  }

  /** Two's complement, little-endian, `length` bytes. */
  integer(length: number): number {
    const begin = this.claim(length);
    let value = 0n;
    for (let i = 0; i < Math.min(length, MAX_INTEGER_BYTES); i++)
      value |= BigInt(this.bytes[begin + i]) << BigInt(8 * i);
    const number = Number(BigInt.asIntN(8 * length, value));
    if (length <= MAX_INTEGER_BYTES && Number.isSafeInteger(number)) return number;
    throw badTorch(`the integer at byte ${begin} of its pickle is larger than any size`);
  }

  text(length: number): string {
    const begin = this.claim(length);
    try {
      return UTF8.decode(this.bytes.subarray(begin, begin + length));
    } catch (error) {
      throw badTorch(`the text at byte ${begin} of its pickle is not UTF-8`, error);
    }
  }

  /** A text up to the next line feed. */
  line(): string {
    const end = this.bytes.indexOf(LINE_FEED, this.at);
    if (end < 0) throw badTorch(`the line at byte ${this.at} of its pickle does not end`);
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  /** Takes the top of the stack, never from below the last mark. */
  pop(): PickleValue {
    this.need(1);
    return this.stack.pop()!;
  }

  top(): PickleValue {
    this.need(1);
    return this.stack[this.stack.length - 1];
  }

  /** The last `count` values of the stack, in order. */
  popMany(count: number): PickleValue[] {
    this.need(count);
    return this.stack.splice(this.stack.length - count);
  }

  mark(): void {
    this.marks.push(this.stack.length);
  }

  /** Everything since the last mark, which goes too. */
  popMark(): PickleValue[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw badTorch(`its pickle closes what it did not open, before byte ${this.at}`);
    return this.stack.splice(mark);
  }

  private need(count: number): void {
    if (this.stack.length - (this.marks.at(-1) ?? 0) < count)
      throw badTorch(`its pickle takes a value that is not there, before byte ${this.at}`);
  }

  remember(index = this.memo.size): void {
    this.memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.memo.get(index);
    if (value === undefined) throw badTorch(`its pickle asks for memo ${index}, which it never filled`);
    this.push(value);
  }

  /** The value at the top as one of class `type`, which stays there. */
  topAs<T extends PickleValue>(type: new (...args: never[]) => T, what: string): T {
    return this.as(this.top(), type, what);
  }

  as<T extends PickleValue>(value: PickleValue, type: new (...args: never[]) => T, what: string): T {
    if (value instanceof type) return value;
    throw badTorch(`its pickle needs ${what} before byte ${this.at}`);
  }

  string(value: PickleValue): string {
    if (typeof value === 'string') return value;
    throw badTorch(`its pickle needs a text before byte ${this.at}`);
  }

  key(value: PickleValue): string | number {
    if (typeof value === 'string' || typeof value === 'number') return value;
    throw badTorch(`its pickle has a dict whose key is neither a text nor a number, before byte ${this.at}`);
  }

  /** The only value left when a pickle ends. */
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

/** The sentence about a protocol or opcode this machine has not. */
export function unknownOpcode(opcode: number, at: number): Error {
  const hex = opcode.toString(16).padStart(2, '0');
  return badTorch(`its pickle holds opcode ${quoted(`0x${hex}`)} at byte ${at}, which tensors do not need`);
}
