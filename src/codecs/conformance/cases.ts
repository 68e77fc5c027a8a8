import { HALF_MAX } from '../../base/float16';
import { KeyedRandom } from '../../base/random';
import type { MatrixShape } from '../contract/codec';

/** One input of the conformance suite. */
export interface ConformanceCase {
  name: string;
  shape: MatrixShape;
  values: Float32Array;
}

/** The stream of the keyed generator from which test weights are drawn. */
const STREAM = 0x7e57;

/** Draws weights like those of trained models: normal with σ = 0.05, one in fifty ten times larger. */
export function gaussianWithOutliers(shape: MatrixShape, seed: number): Float32Array {
  const random = new KeyedRandom(seed, STREAM);
  const draw = () => 0.05 * random.nextNormal() * (random.nextUniform() < 0.02 ? 10 : 1);
  return Float32Array.from({ length: shape[0] * shape[1] }, draw);
}

function make(name: string, shape: MatrixShape, value: (index: number) => number): ConformanceCase {
  return { name, shape, values: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => value(i)) };
}

function random(shape: MatrixShape, seed: number): ConformanceCase {
  const name = `normal with outliers ${shape.join('×')}`;
  return { name, shape, values: gaussianWithOutliers(shape, seed) };
}

/** Repeats the values of a case in rows whose length is a multiple of `columns`, for codecs that accept no other rows. */
export function withColumnsMultiple(
  columns: number,
  { name, shape, values }: ConformanceCase,
): ConformanceCase {
  const wide: MatrixShape = [shape[0], Math.ceil(shape[1] / columns) * columns];
  return make(name, wide, (i) => values[i % values.length]);
}

/** The edge cases on each of which every codec must agree with its reference. */
export function edgeCases(): ConformanceCase[] {
  const noise = gaussianWithOutliers([4, 256], 3);
  const sign = (i: number) => (i % 2 ? -1 : 1);
  return [
    make('all zero', [2, 64], () => 0),
    make('negative zero', [1, 33], () => -0),
    make('a zero group beside others', [4, 256], (i) => (i % 256 < 128 ? 0 : noise[i])),
    make('one outlier', [2, 128], (i) => (i === 77 ? 1000 : noise[i] / 100)),
    make('constant', [3, 64], () => 0.37),
    make('constant negative', [3, 40], () => -1.25),
    make('one sign only', [2, 96], (i) => Math.abs(noise[i]) + 0.5),
    make('± the largest float16', [2, 64], (i) => sign(i) * HALF_MAX),
    make('only float32 subnormals', [1, 64], (i) => sign(i) * i * 2 ** -149),
    make('float32 subnormals beside ones', [2, 64], (i) => (i % 3 ? i * 2 ** -140 : sign(i))),
    make('float16 subnormals', [2, 64], (i) => sign(i) * i * 2 ** -25),
    make('scales that are float16 subnormals', [3, 64], (i) => noise[i] * 2 ** -14),
    make('multiples of a half: ties in rounding', [2, 128], (i) => sign(i) * ((i % 32) / 2)),
    make('float16 ties', [1, 256], (i) => sign(i) * (1 + (2 * i + 1) * 2 ** -11)),
    make('1×1', [1, 1], () => -0.7),
    ...ODD_SHAPES.map((shape, i) => random(shape, 100 + i)),
  ];
}

/** Shapes with one row, one column, lengths around group and word boundaries, and many rows. */
const ODD_SHAPES: readonly MatrixShape[] = [
  [1, 7],
  [1, 513],
  [37, 1],
  [3, 33],
  [5, 130],
  [33, 31],
  [7, 257],
  [300, 16],
  [48, 192],
];

/** A case larger than a storage binding of 128 KiB, into which 128 of its rows fit, with an odd number of columns. */
export function splitCase(): ConformanceCase {
  return random([157, 241], 7);
}
