import { expect, test } from 'vitest';
import { completeOptions } from '../../../contract/spec';
import codec from './codec';
import { TQ1 } from './format';
import meta from './meta';

const OPTIONS = completeOptions(meta, {});
const SHAPE = [1, 256] as const;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const encode = (value: (i: number) => number, options = OPTIONS) =>
  codec.reference
    .encode(
      Float32Array.from({ length: 256 }, (_, i) => value(i)),
      SHAPE,
      options,
    )
    .get('codes')!;

/** A block of x = ((7i mod 11) − 5) ÷ 4, as ggml-org's package (gguf 0.19 for Python) writes it. */
const GOLDEN =
  '316678d29b34bc9431bb94316678d29b34bc9431bb94316678d29b34bc9431bbaf852ce88c0f9082b9a32faf852ce88cde98206c003d';
/** A block of x = ((37i² mod 1009) − 504) ÷ 512, whose largest magnitude has an inexact reciprocal. */
const GOLDEN_SQUARES =
  '254c279c81b69cf875d586a0a62a21718361d52e621a929b4cbccf84bcd03a33fca9919c60758157e268d675b39639470db56f59e03b';

test('the golden block is encoded and decoded', () => {
  const codes = encode((i) => (((7 * i) % 11) - 5) / 4);
  expect(hex(codes)).toBe(GOLDEN);
  const decoded = codec.reference.decode(new Map([['codes', codes]]), SHAPE, OPTIONS);
  // ±1.25 at magnitudes of at least half of it (0.625): 3, 4 and 5 quarters.
  expect([...decoded]).toEqual(
    Array.from({ length: 256 }, (_, i) => {
      const quarters = ((7 * i) % 11) - 5;
      return Math.abs(quarters) < 3 ? 0 : Math.sign(quarters) * 1.25;
    }),
  );
});

test('a golden block whose largest weight has an inexact reciprocal', () => {
  expect(hex(encode((i) => (((37 * i * i) % 1009) - 504) / 512))).toBe(GOLDEN_SQUARES);
});

test('every byte of five trits unpacks to them', () => {
  for (let code = 0; code < 243; code++) {
    const trits = new Int8Array(256);
    const digits = [81, 27, 9, 3, 1].map((weight) => (Math.floor(code / weight) % 3) - 1);
    digits.forEach((trit, n) => (trits[32 * n] = trit));
    const unpacked = TQ1.unpack(Uint8Array.from(TQ1.pack(trits, 0)));
    expect(Array.from(digits, (_, n) => unpacked[32 * n])).toEqual(digits);
  }
});

test('codes by hand: a zero block, halves away from zero, the threshold of the GGUF writer', () => {
  // Five zeros are code 121: ⌈121 · 256 ÷ 243⌉ = 128; four are 120: 127.
  expect(hex(encode(() => 0))).toBe('80'.repeat(48) + '7f'.repeat(4) + '0000');
  const kept = (w: number, threshold: number) => {
    const codes = encode((i) => (i === 0 ? 1 : w), completeOptions(meta, { threshold }));
    return codec.reference.decode(new Map([['codes', codes]]), SHAPE, OPTIONS)[1];
  };
  expect([kept(0.5, 0.5), kept(-0.5, 0.5), kept(0.499, 0.5)]).toEqual([1, -1, 0]);
  expect([kept(0.46, 0.5), kept(0.46, 0.45), kept(-0.44, 0.45)]).toEqual([0, 1, 0]);
});

test('a block takes 1.6875 bits per weight', () => {
  const [part] = codec.layout([3, 512], OPTIONS);
  expect(part.shape).toEqual([3, 2, 54]);
  expect((8 * 54) / 256).toBe(1.6875);
});
