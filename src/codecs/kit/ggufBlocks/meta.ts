import type { CodecMeta } from '../../contract/meta';

/** What the page says about a type of llama.cpp. */
interface GgufTypeDescription {
  /** Values and bytes of a block. */
  block: readonly [values: number, bytes: number];
  /** How values are coded, as a clause. */
  coding: string;
  /** The type of rows that are not whole blocks, if 32 divides their length. */
  fallback?: string;
}

const affine = (bits: number) => `codes of ${bits} bits with a float16 scale and minimum`;
const symmetric = (bits: number) => `signed codes of ${bits} bits times a float16 scale`;
const nested = (bits: number, group: number, scales: string) =>
  `codes of ${bits} bits; each ${group} weights share ${scales}, which are multiples of those of the block`;

/** The types of llama.cpp that are codecs, by their names in ggml. */
const GGUF_CODEC_TYPES = {
  Q2_K: {
    block: [256, 84],
    coding: nested(2, 16, 'a scale and a minimum of 4 bits each'),
    fallback: 'Q4_0',
  },
  Q3_K: { block: [256, 110], coding: nested(3, 16, 'a scale of 6 bits'), fallback: 'Q4_0' },
  Q4_0: { block: [32, 18], coding: symmetric(4) },
  Q4_1: { block: [32, 20], coding: affine(4) },
  Q4_K: {
    block: [256, 144],
    coding: nested(4, 32, 'a scale and a minimum of 6 bits each'),
    fallback: 'Q5_0',
  },
  Q5_0: { block: [32, 22], coding: symmetric(5) },
  Q5_1: { block: [32, 24], coding: affine(5) },
  Q5_K: {
    block: [256, 176],
    coding: nested(5, 32, 'a scale and a minimum of 6 bits each'),
    fallback: 'Q5_1',
  },
  Q6_K: { block: [256, 210], coding: nested(6, 16, 'a scale of 8 bits'), fallback: 'Q8_0' },
  Q8_0: { block: [32, 34], coding: symmetric(8) },
  IQ4_NL: { block: [32, 18], coding: 'indices of 16 unequal levels times a float16 scale' },
  IQ4_XS: {
    block: [256, 136],
    coding: nested(4, 32, 'a scale of 6 bits').replace('codes of 4 bits', 'indices of 16 unequal levels'),
    fallback: 'IQ4_NL',
  },
} as const satisfies Record<string, GgufTypeDescription>;

/** The name of a type of llama.cpp that is a codec. */
export type GgufCodecType = keyof typeof GGUF_CODEC_TYPES;

/** All of them, by name. */
export const GGUF_TYPES = Object.keys(GGUF_CODEC_TYPES) as readonly GgufCodecType[];

/** The option whether errors are weighed as llama-quantize does with an importance matrix. */
export const IMPORTANCE = {
  key: 'importance',
  kind: 'choice',
  label: 'Importance of columns',
  values: ['none', 'calibration'],
  default: 'none',
  term: 'importance-matrix',
} as const;

/** The option whether scales other than those that llama.cpp tries are searched, too. */
export const SEARCH = {
  key: 'search',
  kind: 'choice',
  label: 'Search of scales (wide: less error, other bytes than llama.cpp’s)',
  values: ['faithful', 'wide'],
  default: 'faithful',
} as const;

/** Describes the codec of a type of llama.cpp, all but its id. */
export function ggufMeta(type: GgufCodecType) {
  const { block, coding, fallback }: GgufTypeDescription = GGUF_CODEC_TYPES[type];
  const [values, bytes] = block;
  const otherRows = fallback ? `${fallback}, or as float16 if 32 does not divide them either` : 'float16';
  return {
    label: type,
    family: type.startsWith('IQ') ? 'non-uniform' : 'blocks of llama.cpp',
    source: 'llama.cpp, ggml-quants.c, https://github.com/ggml-org/llama.cpp',
    notes:
      `llama.cpp’s blocks of ${values} weights in ${bytes} bytes (${(8 * bytes) / values} bits per weight), byte for byte unless search=wide: ` +
      `${coding}. Rows that are not whole blocks are stored as ${otherRows}, as in llama.cpp.`,
    options: type === 'Q8_0' ? [] : [IMPORTANCE, SEARCH],
    storesGguf: true,
    needs:
      type === 'Q8_0'
        ? {}
        : { calibration: true, calibrationUnless: { option: IMPORTANCE.key, value: 'none' } },
  } as const satisfies Omit<CodecMeta, 'id'>;
}

/** The options of a codec of this family. Q8_0 searches no scale, so that neither option would change anything. */
export interface GgufOptions {
  importance?: string;
  search?: string;
}
