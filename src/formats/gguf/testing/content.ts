import { blockTypes } from '../blockTypes';
import type { GgufContent, GgufTensor, GgufValue } from '../types';

/** Metadata of every type, arrays of every type and nested arrays. */
export const EVERY_VALUE: [string, GgufValue][] = [
  ['general.architecture', { type: 'string', value: 'gpt2' }],
  ['a.uint8', { type: 'uint8', value: 255 }],
  ['a.int8', { type: 'int8', value: -128 }],
  ['a.uint16', { type: 'uint16', value: 65535 }],
  ['a.int16', { type: 'int16', value: -32768 }],
  ['a.uint32', { type: 'uint32', value: 2 ** 32 - 1 }],
  ['a.int32', { type: 'int32', value: -(2 ** 31) }],
  ['a.uint64', { type: 'uint64', value: 2n ** 64n - 1n }],
  ['a.int64', { type: 'int64', value: -(2n ** 63n) }],
  ['a.float32', { type: 'float32', value: Math.fround(1e-5) }],
  ['a.float64', { type: 'float64', value: 0.1 }],
  ['a.bool', { type: 'bool', value: false }],
  ['a.empty', { type: 'string', value: '' }],
  ['l.uint8', { type: 'array', items: 'uint8', value: Uint8Array.of(1, 2, 3) }],
  ['l.int8', { type: 'array', items: 'int8', value: Int8Array.of(-1) }],
  ['l.uint16', { type: 'array', items: 'uint16', value: Uint16Array.of(1, 65535) }],
  ['l.int16', { type: 'array', items: 'int16', value: Int16Array.of(-2, 2) }],
  ['l.uint32', { type: 'array', items: 'uint32', value: Uint32Array.of() }],
  ['l.int32', { type: 'array', items: 'int32', value: Int32Array.of(1, -2, 3) }],
  ['l.float32', { type: 'array', items: 'float32', value: Float32Array.of(0.5, -Infinity) }],
  ['l.bool', { type: 'array', items: 'bool', value: [true, false, true] }],
  ['l.string', { type: 'array', items: 'string', value: ['<s>', '▁the', '', '\u0000🙂'] }],
  ['l.uint64', { type: 'array', items: 'uint64', value: BigUint64Array.of(1n, 2n ** 63n) }],
  ['l.int64', { type: 'array', items: 'int64', value: BigInt64Array.of(-1n) }],
  ['l.float64', { type: 'array', items: 'float64', value: Float64Array.of(Math.PI) }],
  [
    'l.lists',
    {
      type: 'array',
      items: 'array',
      value: [
        { type: 'array', items: 'int32', value: Int32Array.of(1, 2) },
        { type: 'array', items: 'string', value: ['x'] },
      ],
    },
  ],
];

/** Returns the signal of the golden blocks: ((7i mod 11) − 5) ÷ 4. */
export function goldenSignal(length = 256): Float32Array {
  return Float32Array.from({ length }, (_, i) => (((7 * i) % 11) - 5) / 4);
}

/** Returns a matrix [2, 256] of every type that can be encoded, and tensors with fewer dimensions or no values. */
export function everyTensor(): GgufTensor[] {
  const values = goldenSignal(512);
  const matrices = [...blockTypes.values()].map((type) => ({
    name: `blk.0.${type.name}.weight`,
    dims: [256, 2],
    type: type.name,
    data: type.encode(values),
  }));
  return [
    ...matrices,
    { name: 'scalar', dims: [], type: 'F32', data: new Uint8Array(4) },
    { name: 'bias', dims: [3], type: 'F16', data: new Uint8Array(6) },
    { name: 'none', dims: [32, 0], type: 'Q8_0', data: new Uint8Array(0) },
  ];
}

/** Returns a file content with metadata and tensors of every type. */
export function everything(alignment?: number): GgufContent {
  return { metadata: EVERY_VALUE, tensors: everyTensor(), alignment };
}
