import { floatToHalfBits } from '../../../base/float16';
import { bytesSource } from '../../byteSource';
import type { Dtype } from '../../dtypes';
import { openSafetensors } from '../../safetensors/read';
import { writeSafetensors, type NamedTensor } from '../../safetensors/write';

/** A small checkpoint that is packed from the description of its format, and the weights it stands for. */
export interface HandPacked {
  title: string;
  method: 'gptq' | 'awq' | 'compressed-tensors' | 'bitsandbytes' | 'mlx';
  settings: Record<string, unknown>;
  tensors: NamedTensor[];
  /** The weights of the module `m`, row-major [out, in], in float64. */
  weights: number[];
}

const [OUT, IN] = [8, 32];
const SCALES = [0.5, -0.25, 1.5, 0.125, 2, 0.75, 3, 0.0625];
const scaleOf = (o: number, g: number) => SCALES[(o + 3 * g) % 8];
const codeOf = (o: number, i: number, bits: number) => (7 * o + 5 * i + 3) % 2 ** bits;
const zeroOf = (o: number, g: number, bits: number) => 1 + ((o + g) % (2 ** bits - 1));

/** Returns words of 32 bits with the codes one after the other, the lowest bits first. */
function words(codes: readonly number[], bits: number): number[] {
  const stream = codes.reduce((sum, code, i) => sum | (BigInt(code) << BigInt(i * bits)), 0n);
  return range((codes.length * bits) / 32, (i) => Number((stream >> BigInt(32 * i)) & 0xffffffffn));
}

function range<T>(n: number, make: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => make(i));
}

/** Returns a matrix [rows, columns] row by row. */
function grid<T>(rows: number, columns: number, make: (r: number, c: number) => T): T[] {
  return range(rows * columns, (at) => make(Math.floor(at / columns), at % columns));
}

/** Returns the transpose of words given column by column. */
function columnsOf(columns: readonly (readonly number[])[]): number[] {
  return grid(columns[0].length, columns.length, (r, c) => columns[c][r]);
}

function tensor(name: string, dtype: Dtype, shape: number[], values: readonly number[]): NamedTensor {
  const arrays = {
    I32: () => Uint32Array.from(values),
    U32: () => Uint32Array.from(values),
    F32: () => Float32Array.from(values),
    F16: () => Uint16Array.from(values, floatToHalfBits),
    I64: () => BigInt64Array.from(values, BigInt),
    I8: () => Int8Array.from(values),
    U8: () => Uint8Array.from(values),
    F8_E4M3: () => Uint8Array.from(values),
  };
  const { buffer } = arrays[dtype as keyof typeof arrays]();
  return { name, dtype, shape, bytes: new Uint8Array(buffer) };
}

/** GPTQ with one group for each output, or with groups of 16 in an order of their own. */
function gptq(bits: number, version: 1 | 2, ordered: boolean): HandPacked {
  const groups = ordered ? 1 : 2;
  const group = range(IN, (i) => (ordered ? 0 : (i * 5) % 2));
  const stored = version === 1 ? 1 : 0;
  return {
    title: `GPTQ, ${bits} bits, version ${version}, ${ordered ? 'one group' : 'g_idx'}`,
    method: 'gptq',
    settings: {
      ...{ quant_method: 'gptq', bits, group_size: ordered ? -1 : 16, desc_act: !ordered },
      checkpoint_format: version === 1 ? 'gptq' : 'gptq_v2',
    },
    tensors: [
      tensor(
        'm.qweight',
        'I32',
        [(IN * bits) / 32, OUT],
        columnsOf(
          range(OUT, (o) =>
            words(
              range(IN, (i) => codeOf(o, i, bits)),
              bits,
            ),
          ),
        ),
      ),
      tensor(
        'm.qzeros',
        'I32',
        [groups, (OUT * bits) / 32],
        range(groups, (g) =>
          words(
            range(OUT, (o) => zeroOf(o, g, bits) - stored),
            bits,
          ),
        ).flat(),
      ),
      tensor(
        'm.scales',
        'F16',
        [groups, OUT],
        grid(groups, OUT, (g, o) => scaleOf(o, g)),
      ),
      ...(ordered ? [] : [tensor('m.g_idx', 'I32', [IN], group)]),
    ],
    weights: grid(OUT, IN, (o, i) => scaleOf(o, group[i]) * (codeOf(o, i, bits) - zeroOf(o, group[i], bits))),
  };
}

/** AWQ: nibble k of a word holds the output 0, 2, 4, 6, 1, 3, 5, 7 of its eight. */
function awq(): HandPacked {
  const order = [0, 2, 4, 6, 1, 3, 5, 7];
  const word = (code: (o: number) => number) => words(order.map(code), 4)[0];
  return {
    title: 'AWQ, one group',
    method: 'awq',
    settings: { quant_method: 'awq', bits: 4, group_size: -1, zero_point: true, version: 'GEMM' },
    tensors: [
      tensor(
        'm.qweight',
        'I32',
        [IN, 1],
        range(IN, (i) => word((o) => codeOf(o, i, 4))),
      ),
      tensor('m.qzeros', 'I32', [1, 1], [word((o) => zeroOf(o, 0, 4))]),
      tensor(
        'm.scales',
        'F16',
        [1, OUT],
        range(OUT, (o) => scaleOf(o, 0)),
      ),
    ],
    weights: grid(OUT, IN, (o, i) => scaleOf(o, 0) * (codeOf(o, i, 4) - zeroOf(o, 0, 4))),
  };
}

function compressedSettings(
  bits: number,
  format: string,
  weights: object,
  activations: object | null = null,
) {
  const shared = { num_bits: bits, type: 'int', dynamic: false };
  return {
    ...{ quant_method: 'compressed-tensors', format, quantization_status: 'compressed' },
    config_groups: {
      group_0: { targets: ['Linear'], input_activations: activations, weights: { ...shared, ...weights } },
    },
  };
}

/** compressed-tensors, packed: signed codes with an offset, groups of 16 inputs in an order of their own. */
function packQuantized(): HandPacked {
  const group = range(IN, (i) => (i * 5) % 2);
  return {
    title: 'compressed-tensors, pack-quantized with weight_g_idx',
    method: 'compressed-tensors',
    settings: compressedSettings(4, 'pack-quantized', {
      ...{ symmetric: false, strategy: 'group', group_size: 16, actorder: 'group' },
    }),
    tensors: [
      tensor(
        'm.weight_packed',
        'I32',
        [OUT, IN / 8],
        range(OUT, (o) =>
          words(
            range(IN, (i) => codeOf(o, i, 4)),
            4,
          ),
        ).flat(),
      ),
      tensor('m.weight_shape', 'I64', [2], [OUT, IN]),
      tensor('m.weight_scale', 'F16', [OUT, 2], grid(OUT, 2, scaleOf)),
      tensor(
        'm.weight_zero_point',
        'I32',
        [1, 2],
        range(
          2,
          (g) =>
            words(
              range(OUT, (o) => zeroOf(o, g, 4)),
              4,
            )[0],
        ),
      ),
      tensor('m.weight_g_idx', 'I32', [IN], group),
    ],
    weights: grid(
      OUT,
      IN,
      (o, i) => scaleOf(o, group[i]) * (codeOf(o, i, 4) - 8 - (zeroOf(o, group[i], 4) - 8)),
    ),
  };
}

/** compressed-tensors, bytes: W8A8 with a scale for each output. */
function intQuantized(): HandPacked {
  const code = (o: number, i: number) => codeOf(o, i, 8) - 128;
  return {
    title: 'compressed-tensors, int-quantized',
    method: 'compressed-tensors',
    settings: compressedSettings(
      8,
      'int-quantized',
      { symmetric: true, strategy: 'channel' },
      {
        ...{ num_bits: 8, type: 'int', strategy: 'token', dynamic: true },
      },
    ),
    tensors: [
      tensor('m.weight', 'I8', [OUT, IN], grid(OUT, IN, code)),
      tensor(
        'm.weight_scale',
        'F32',
        [OUT, 1],
        range(OUT, (o) => scaleOf(o, 0)),
      ),
    ],
    weights: grid(OUT, IN, (o, i) => scaleOf(o, 0) * code(o, i)),
  };
}

/** Codes of e4m3 and their values, by hand: sign, exponent with bias 7, three bits of the mantissa. */
const E4M3: readonly [code: number, value: number][] = [
  [0x00, 0],
  [0x01, 2 ** -9],
  [0x07, 7 * 2 ** -9],
  [0x08, 2 ** -6],
  [0x38, 1],
  [0x3c, 1.5],
  [0x49, 4.5],
  [0x7e, 448],
  [0x81, -(2 ** -9)],
  [0xb9, -1.125],
  [0xfe, -448],
];

/** compressed-tensors, 8-bit floats with a scale for each block of 4 × 16, each output, or the matrix. */
function floatQuantized(strategy: 'block' | 'channel' | 'tensor'): HandPacked {
  const of = (o: number, i: number) => E4M3[(5 * o + 3 * i) % E4M3.length];
  const scales = { block: [2, 2], channel: [OUT, 1], tensor: [1] }[strategy];
  const scale = (o: number, i: number) => {
    if (strategy === 'block') return scaleOf(o >> 2, i >> 4);
    return strategy === 'channel' ? scaleOf(o, 0) : scaleOf(0, 0);
  };
  const [rows, columns = 1] = scales;
  return {
    title: `compressed-tensors, float-quantized, ${strategy}`,
    method: 'compressed-tensors',
    settings: compressedSettings(8, 'float-quantized', {
      ...{ type: 'float', symmetric: true, strategy },
      ...(strategy === 'block' && { block_structure: [4, 16] }),
    }),
    tensors: [
      tensor(
        'm.weight',
        'F8_E4M3',
        [OUT, IN],
        grid(OUT, IN, (o, i) => of(o, i)[0]),
      ),
      tensor('m.weight_scale', 'F32', scales, grid(rows, columns, scaleOf)),
    ],
    weights: grid(OUT, IN, (o, i) => scale(o, i) * of(o, i)[1]),
  };
}

/** bitsandbytes: blocks of 64 flat values, whose maxima are codes of a table of 256 values. */
function doubleQuantised(): HandPacked {
  const table = range(16, (code) => (code - 8) / 8);
  const nested = range(256, (code) => (code - 128) / 128);
  const flat = grid(OUT, IN, (o, i) => codeOf(o, i, 4));
  const maxima = [200, 3, 77, 129];
  const [outer, offset] = [[1.5, -0.5], 0.75];
  const state = {
    ...{ quant_type: 'nf4', blocksize: 64, dtype: 'float16', shape: [OUT, IN] },
    ...{ nested_blocksize: 2, nested_dtype: 'float32', nested_offset: offset },
  };
  const json = [...new TextEncoder().encode(JSON.stringify(state))];
  return {
    title: 'bitsandbytes, quantised twice',
    method: 'bitsandbytes',
    settings: { quant_method: 'bitsandbytes', load_in_4bit: true },
    tensors: [
      tensor(
        'm.weight',
        'U8',
        [128, 1],
        range(128, (i) => 16 * flat[2 * i] + flat[2 * i + 1]),
      ),
      tensor('m.weight.absmax', 'U8', [4], maxima),
      tensor('m.weight.quant_map', 'F32', [16], table),
      tensor('m.weight.nested_quant_map', 'F32', [256], nested),
      tensor('m.weight.nested_absmax', 'F32', [2], outer),
      tensor('m.weight.quant_state.bitsandbytes__nf4', 'U8', [json.length], json),
    ],
    weights: flat.map((code, at) => {
      const block = Math.floor(at / 64);
      return table[code] * (nested[maxima[block]] * outer[block >> 1] + offset);
    }),
  };
}

function mlx(bits: number): HandPacked {
  const bias = (o: number) => (o - 3) / 4;
  return {
    title: `MLX, ${bits} bits`,
    method: 'mlx',
    settings: { group_size: 64, bits: 4, m: { group_size: 32, bits } },
    tensors: [
      tensor(
        'm.weight',
        'U32',
        [OUT, (IN * bits) / 32],
        range(OUT, (o) =>
          words(
            range(IN, (i) => codeOf(o, i, bits)),
            bits,
          ),
        ).flat(),
      ),
      tensor(
        'm.scales',
        'F16',
        [OUT, 1],
        range(OUT, (o) => scaleOf(o, 0)),
      ),
      tensor('m.biases', 'F16', [OUT, 1], range(OUT, bias)),
    ],
    weights: grid(OUT, IN, (o, i) => scaleOf(o, 0) * codeOf(o, i, bits) + bias(o)),
  };
}

/** One checkpoint for each layout that the files of the tools do not show. */
export const HAND_PACKED: readonly HandPacked[] = [
  gptq(8, 2, true),
  gptq(8, 1, false),
  gptq(4, 1, true),
  awq(),
  packQuantized(),
  intQuantized(),
  ...(['block', 'channel', 'tensor'] as const).map(floatQuantized),
  doubleQuantised(),
  ...[2, 5, 6].map(mlx),
];

/** Returns the safetensors file of a checkpoint. */
export function handPackedFile({ tensors }: HandPacked): Uint8Array {
  return writeSafetensors(tensors, {});
}

/** Opens the tensors of a checkpoint. */
export function handPackedTensors(packed: HandPacked) {
  return openSafetensors(bytesSource(handPackedFile(packed)));
}
