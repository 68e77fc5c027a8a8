import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { blockType, blockTypes, layoutOfId } from './blockTypes';
import { goldenSignal } from './testing/content';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const sha256 = (values: ArrayBufferView) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

/** Returns 16,384 values in [−10.5, 10.5) whose range changes from block to block; exact in any language with float64. */
function spreadSignal(): Float32Array {
  return Float32Array.from({ length: 64 * 256 }, (_, i) => {
    const uniform = ((i * 2654435761) % 2 ** 32) / 2 ** 32 - 0.5;
    return uniform * 3 * ((Math.floor(i / 32) % 7) + 1);
  });
}

/**
 * SHA-256 of the signal's encoded and decoded bytes, from llama.cpp's Python package gguf 0.19.0 (gguf.quants); Q4_0 and
 * Q8_0 also from C in float32. The types that it does not encode are compared with llama.cpp's files (llamaCpp.test.ts).
 */
const DIGESTS: Record<string, [encoded: string, decoded: string]> = {
  F32: [
    'd6dbec8b81adefd32fdf1ab8f13316103fcbc56a319321ea225f34611d3b36f1',
    'd6dbec8b81adefd32fdf1ab8f13316103fcbc56a319321ea225f34611d3b36f1',
  ],
  F16: [
    '76d25ec8905ee75585fabf5b8dc6500e37fd66690a38c2fe94b6833a40e815cf',
    '1eda24286d2206ad64546a965f88a76a726a2a72454fdc073036463149e70818',
  ],
  Q4_0: [
    '7dde271e0516ae2c54aadb2f6086402900a5a1a210b13e2bcb5b96c67ff9f8b3',
    'cc6756ff1a878ad460983e22db969121fce9f2eae6a8d8fcbe09262339b98391',
  ],
  Q8_0: [
    'f52a88a4f13a5a0ac633def14f6c21420a182073067dc0004374a2a8a903af7e',
    '966c843fb77b2591be11bcc06bbcde3dcda47311b5c62336a2c06fa2dcbf4d9a',
  ],
  BF16: [
    '695f6f43da53b2abe989e6de740b738511096d84c8c51b1c63494f43236d53e8',
    '13ef254c0b255555a134ccfd7d82c780b412ec38d74598dd6f78f4af005a7301',
  ],
  TQ1_0: [
    '28a8ed63aeed70ac21281bc2c0c3c85fb9770cd8c913e533322518c35507c970',
    '2d7fdf3f174fdf970e6bdafa67ef5b6ff7c74cfbff2c7e6189eaf733cb66fa1f',
  ],
  TQ2_0: [
    '14688799be1af99e50088d85279801081253571a149fc862c966dfd101eb35bd',
    '2d7fdf3f174fdf970e6bdafa67ef5b6ff7c74cfbff2c7e6189eaf733cb66fa1f',
  ],
};

function failure(run: () => unknown): LabError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  return expect.unreachable('it was accepted');
}

const encodeFirst = (type: string, values: number[]) => {
  const { blockSize, encode } = blockType(type);
  const block = new Float32Array(blockSize);
  block.set(values);
  return encode(block);
};

describe('block types', () => {
  it('have the ids and sizes of ggml', () => {
    const sizes = [...blockTypes.values()].map((t) => [t.name, t.id, t.blockSize, t.blockBytes]);
    expect(sizes).toEqual([
      ['F32', 0, 1, 4],
      ['F16', 1, 1, 2],
      ['Q4_0', 2, 32, 18],
      ['Q4_1', 3, 32, 20],
      ['Q5_0', 6, 32, 22],
      ['Q5_1', 7, 32, 24],
      ['Q8_0', 8, 32, 34],
      ['Q2_K', 10, 256, 84],
      ['Q3_K', 11, 256, 110],
      ['Q4_K', 12, 256, 144],
      ['Q5_K', 13, 256, 176],
      ['Q6_K', 14, 256, 210],
      ['IQ4_NL', 20, 32, 18],
      ['IQ4_XS', 23, 256, 136],
      ['BF16', 30, 1, 2],
      ['TQ1_0', 34, 256, 54],
      ['TQ2_0', 35, 256, 66],
    ]);
  });

  it.each(Object.keys(DIGESTS))('%s encodes and decodes as ggml does, bit for bit', (name) => {
    const type = blockType(name);
    const bytes = type.encode(spreadSignal());
    expect([sha256(bytes), sha256(type.decode(bytes))]).toEqual(DIGESTS[name]);
  });

  it.each([
    [
      'TQ1_0',
      '316678d29b34bc9431bb94316678d29b34bc9431bb94316678d29b34bc9431bbaf852ce88c0f9082b9a32faf852ce88cde98206c003d',
    ],
    [
      'TQ2_0',
      '24914516596492492492492491451659649249249249249145165964924924924924924924914516596492492492492491451659649249249249249145165964003d',
    ],
  ])('%s gives the golden block, which gguf.quants 0.19.0 gives too', (name, golden) => {
    const bytes = blockType(name).encode(goldenSignal());
    expect(hex(bytes)).toBe(golden);
    const codes = Array.from(
      goldenSignal(),
      (x) => Math.sign(x) * Math.floor(Math.abs(x) / 1.25 + 0.5) * 1.25 + 0,
    );
    expect(Array.from(blockType(name).decode(bytes), (x) => x + 0)).toEqual(codes);
  });

  it.each([
    ['Q4_0', '003130eb852fda630eb852fda630eb852fda'],
    ['Q8_0', '0a218133cd7f19b466009a4ce78133cd7f19b466009a4ce78133cd7f19b466009a4c'],
  ])('%s gives the golden block of gguf.quants', (name, golden) => {
    expect(hex(blockType(name).encode(goldenSignal(32)))).toBe(golden);
  });
});

describe('rounding', () => {
  it('of Q8_0 rounds ties away from zero', () => {
    // d = 1: the codes are the rounded values themselves.
    const codes = new Int8Array(encodeFirst('Q8_0', [127, 0.5, -0.5, 1.5, -2.5]).buffer.slice(2));
    expect(Array.from(codes.subarray(0, 6))).toEqual([127, 1, -1, 2, -3, 0]);
  });

  it('of Q4_0 maps the value of largest magnitude to −8 and rounds ties up', () => {
    // d = 8 ÷ −8 = −1, its bits 0xbc00; code = ⌊−x + 8.5⌋: ties of −x go up. Value i is the low half of byte i.
    const bytes = encodeFirst('Q4_0', [8, 0.5, -0.5, 1.5, -7.5, -8]);
    expect(hex(bytes.subarray(0, 2))).toBe('00bc');
    expect(Array.from(bytes.subarray(2, 8), (b) => b & 15)).toEqual([0, 8, 9, 7, 15, 15]);
    expect(blockType('Q4_0').decode(bytes)[0]).toBe(8);
  });

  it('of the ternary types rounds half the largest magnitude away from zero', () => {
    for (const name of ['TQ1_0', 'TQ2_0']) {
      const decoded = blockType(name).decode(encodeFirst(name, [2, 1, -1, 0.999, -2]));
      expect(Array.from(decoded.subarray(0, 6), (x) => x + 0)).toEqual([2, 2, -2, 0, -2, 0]);
    }
  });

  it.each([...blockTypes.keys()])('%s keeps zeros, even where 1 ÷ d is infinite', (name) => {
    for (const value of [0, 2 ** -149, -(2 ** -140)]) {
      const decoded = blockType(name).decode(encodeFirst(name, [value]));
      expect(Math.abs(decoded[0])).toBe(name === 'F32' ? Math.abs(value) : 0);
      expect(decoded.subarray(1).every((x) => x === 0)).toBe(true);
    }
  });
});

describe('arbitrary bytes', () => {
  it.each([...blockTypes.keys()])(
    'of %s decode without an error, and finite values change little when they are encoded again',
    (name) => {
      const { blockBytes, encode, decode } = blockType(name);
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 2 * blockBytes, maxLength: 2 * blockBytes }), (bytes) => {
          const values = decode(bytes);
          expect(values.length).toBe(2 * blockType(name).blockSize);
          if (values.every((x) => Number.isFinite(x) && Math.abs(x) < 30000)) {
            // Encoding the decoded values and decoding them changes none by more than a step and a half of the type.
            const again = decode(encode(values));
            const largest = values.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
            for (let i = 0; i < values.length; i++)
              expect(Math.abs(again[i] - values[i])).toBeLessThanOrEqual(
                largest * MAX_ERROR[name] + SUBNORMAL_SCALE,
              );
          }
        }),
        { numRuns: 60 },
      );
    },
  );
});

/** A subnormal float16 scale is rounded by up to 2⁻²⁵; a code of up to 128 multiplies that error. */
const SUBNORMAL_SCALE = 128 * 2 ** -25;

/**
 * Maximum error relative to the largest magnitude: half a step, a whole one where the range is clipped (Q4_0), plus the
 * rounding of the scale. Groups share the scale of their scales, so that a group far from the largest loses more.
 */
const MAX_ERROR: Record<string, number> = {
  F32: 0,
  F16: 0,
  BF16: 0,
  Q8_0: 0.5 / 127 + 2 ** -10,
  Q4_0: 1 / 8 + 2 ** -10,
  Q4_1: 1 / 15 + 2 ** -9,
  Q5_0: 1 / 16 + 2 ** -10,
  Q5_1: 1 / 31 + 2 ** -9,
  Q2_K: 1,
  Q3_K: 1 / 2,
  Q4_K: 1 / 4,
  Q5_K: 1 / 6,
  Q6_K: 1 / 16,
  IQ4_NL: 1 / 6,
  IQ4_XS: 1 / 4,
  TQ1_0: 0.5 + 2 ** -10,
  TQ2_0: 0.5 + 2 ** -10,
};

describe('refusals', () => {
  it.each(['Q8_0', 'Q4_0', 'TQ1_0', 'TQ2_0'])('%s refuses part of a block', (name) => {
    const { blockSize, blockBytes, encode, decode } = blockType(name);
    const error = failure(() => encode(new Float32Array(blockSize + 1)));
    expect(error.code).toBe('bad-input');
    expect(error.message).toContain(`${blockSize + 1} values cannot be stored as`);
    expect(error.remedy).toContain('F16');
    expect(failure(() => decode(new Uint8Array(blockBytes - 1))).code).toBe('bad-file');
  });

  it.each([...blockTypes.keys()])('%s refuses NaN and infinities', (name) => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const error = failure(() => encodeFirst(name, [value]));
      expect(error.code).toBe('not-finite');
      expect(error.message).toContain(`Value 0 is ${value}`);
    }
  });

  it.each(['F16', 'Q4_0', 'Q8_0', 'TQ1_0', 'TQ2_0', 'BF16'])(
    '%s refuses a value that overflows its scale',
    (name) => {
      expect(failure(() => encodeFirst(name, [3.4e38])).code).toBe('not-finite');
    },
  );

  it('name the supported types', () => {
    const unknown = failure(() => blockType('Q9_9'));
    expect(unknown.code).toBe('unsupported');
    expect(unknown.remedy).toContain('Q8_0');
    expect(failure(() => blockType('IQ2_S')).message).toContain('IQ2_S cannot be decoded');
    expect(layoutOfId(22)).toMatchObject({ name: 'IQ2_S', blockSize: 256, blockBytes: 82 });
    expect(layoutOfId(4)).toBeUndefined();
  });
});
