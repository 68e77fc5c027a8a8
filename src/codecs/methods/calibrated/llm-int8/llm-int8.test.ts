import { describe, expect, test } from 'vitest';
import { int8Product, int8Row } from '../../../../runtime/reference/int8';
import { partBytes } from '../../../contract/parts';
import { completeOptions } from '../../../contract/spec';
import { compressedTensorsWriter } from '../../../../formats/quantised/compressedTensors/write';
import { gptqWriter } from '../../../../formats/quantised/gptq';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import meta from './meta';

const options = (given: Record<string, number | string> = {}) => completeOptions(meta, given);
const maxima = (maxAbs: number[]) => ({ samples: 1, gram: [], meanAbs: maxAbs, maxAbs });

/** The vectors are from https://huggingface.co/blog/hf-bitsandbytes-integration by the paper's authors. */
describe('the vectors of the published introduction', () => {
  test('absmax quantisation', () => {
    const { codes, largest } = int8Row(Float32Array.of(1.2, -0.5, -4.3, 1.2, -3.1, 0.8, 2.4, 5.4));
    expect(127 / largest).toBeCloseTo(23.5, 1);
    expect([...codes]).toEqual([28, -12, -101, 28, -73, 19, 56, 127]);
  });

  const hidden = [-0.1, -0.23, 0.08, -0.38, -0.28, -0.29, -2.11, 0.34, -0.53, -67.0];
  const restored = (values: number[]) => {
    const { codes, largest } = int8Row(Float32Array.from(values));
    return [...codes].map((code) => Number(((code * largest) / 127).toFixed(2)) + 0);
  };

  test('an outlier makes the other hidden states inaccurate', () =>
    expect(restored(hidden)).toEqual([0, 0, 0, -0.53, -0.53, -0.53, -2.11, 0.53, -0.53, -67]));

  test('without it they are accurate', () =>
    expect(restored(hidden.slice(0, 9))).toEqual([
      -0.1, -0.23, 0.08, -0.38, -0.28, -0.28, -2.11, 0.33, -0.53,
    ]));
});

test('by hand: a column with large activations stays in float16 and does not affect the scales of rows', () => {
  // The largest weights outside column 1 are 127 and 2; 2 ÷ 127 · 64 = 1.008 and 0.5 ÷ (2 ÷ 127) = 31.75.
  const values = Float32Array.of(127, 9000, 0.5, -0.5, -2, 0.25, 1, 0.5);
  const parts = codec.reference.encode(values, [2, 4], options(), maxima([5.99, 6, 1, 0]));
  expect([...new Int8Array(partOf(parts, 'codes').slice().buffer)]).toEqual([127, 0, 1, -1, -127, 0, 64, 32]);
  expect([...new Float32Array(partOf(parts, 'scales').slice().buffer)]).toEqual([127, 2]);
  expect([...new Uint32Array(partOf(parts, 'columns').slice().buffer)]).toEqual([1]);
  const decoded = codec.reference.decode(parts, [2, 4], options());
  expect(decoded[1]).toBe(9000);
  expect(decoded[5]).toBe(0.25);
  expect(decoded[6]).toBeCloseTo(128 / 127, 6);
});

describe('outlier columns', () => {
  const encode = (given: Record<string, number>, maxAbs?: number[]) =>
    codec.reference.encode(gaussianWithOutliers([3, 4], 1), [3, 4], options(given), maxAbs && maxima(maxAbs));

  test('reach the threshold', () => {
    const parts = encode({ threshold: 3 }, [2, 3, 100, 0]);
    expect([...new Uint32Array(partOf(parts, 'columns').slice().buffer)]).toEqual([1, 2]);
    expect(partOf(parts, 'outliers').length).toBe(2 * 3 * 2);
  });

  test('do not exist without calibration, below the threshold, and with threshold 0', () => {
    for (const parts of [encode({}), encode({}, [5, 5, 5, 5]), encode({ threshold: 0 }, [9, 9, 9, 9])])
      expect([...parts.keys()]).toEqual(['codes', 'scales']);
  });

  test('may be all columns', () => {
    const parts = encode({}, [9, 9, 9, 9]);
    expect(new Float32Array(partOf(parts, 'scales').slice().buffer)).toEqual(new Float32Array(3));
  });
});

test('bits per weight: 8 + 32 ÷ in, and for each outlier column 16 ÷ in and its number', () => {
  const [rows, columns] = [256, 768];
  const maxAbs = Array.from({ length: columns }, (_, c) => (c < 7 ? 60 : 1));
  const values = gaussianWithOutliers([rows, columns], 2);
  const parts = codec.reference.encode(values, [rows, columns], options(), maxima(maxAbs));
  const bytes = [...parts.values()].reduce((sum, part) => sum + part.length, 0);
  const outliers = (7 * 16) / columns + (7 * 32) / (rows * columns);
  expect((8 * bytes) / (rows * columns)).toBeCloseTo(8 + 32 / columns + outliers, 10);
  const layout = codec.layout([rows, columns], options());
  const fixed = layout.filter(({ optional }) => !optional).map(partBytes);
  expect(fixed).toEqual([rows * columns, 4 * rows]);
});

test('a row in int8 times a matrix in int8, by hand', () => {
  // x in 127ths of 2 is 127, 64 (63.5 is rounded away from zero); the row of W has steps of 0.5.
  const matrix = { rows: 1, columns: 2, codes: [2, -4], steps: [0.5], activations: 'int8' } as const;
  const [y] = int8Product([2, 1], matrix);
  expect(y).toBeCloseTo(((127 * 2 - 64 * 4) * 0.5 * 2) / 127, 12);
});

describe('as compressed-tensors', () => {
  const shape = [6, 10] as const;
  const stored = (given: Record<string, number | string>, maxAbs?: number[]) => {
    const values = gaussianWithOutliers(shape, 3);
    const parts = codec.reference.encode(values, shape, options(given), maxAbs && maxima(maxAbs));
    return { name: 'w', shape, options: options(given), parts };
  };

  test('int8 rows are stored with scales in float32, and that inputs are rounded by token', () => {
    const coded = stored({ threshold: 0 });
    const packable = codec.packable!(coded);
    if (typeof packable === 'string') return expect.unreachable(packable);
    const module = { module: 'w', scheme: packable.scheme, conv1d: false, place: 'block' } as const;
    const [weight, scale] = compressedTensorsWriter.pack(module, packable.read(), 'F32');
    expect([weight.name, weight.dtype, weight.shape]).toEqual(['w.weight', 'I8', [6, 10]]);
    expect([scale.name, scale.dtype, scale.shape]).toEqual(['w.weight_scale', 'F32', [6, 1]]);
    const [codes, scales] = [new Int8Array(weight.bytes), new Float32Array(scale.bytes.slice().buffer)];
    const restored = Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / 10)]);
    expect(restored).toEqual(codec.reference.decode(coded.parts, shape, coded.options));
    const { quantization_config: settings } = compressedTensorsWriter.settings([module], []).config;
    expect(settings).toMatchObject({
      format: 'int-quantized',
      config_groups: { group_0: { input_activations: { num_bits: 8, dynamic: true, strategy: 'token' } } },
    });
    expect(() => gptqWriter.layout(module, 'F32')).toThrow('its inputs are rounded to 8 bits');
  });

  test('outlier columns have no place', () => {
    expect(codec.packable!(stored({ threshold: 3 }, [9, ...Array<number>(9).fill(0)]))).toContain(
      'outlier columns',
    );
  });
});
