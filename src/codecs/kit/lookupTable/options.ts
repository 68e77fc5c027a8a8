import type { CodecOptions, OptionSpec } from '../../contract/meta';

/** Options shared by nf4 and fp4. */
export const LOOKUP_OPTIONS: readonly OptionSpec[] = [
  {
    key: 'block',
    named: true,
    kind: 'integer',
    label: 'Block size',
    min: 16,
    max: 1024,
    values: [16, 32, 64, 128, 256, 512, 1024],
    default: 64,
    unit: 'weights',
    term: 'block',
  },
  {
    key: 'double',
    kind: 'boolean',
    label: 'Quantise the block maxima too',
    default: false,
    term: 'double-quantisation',
  },
];

export interface LookupOptions {
  block: number;
  double: boolean;
}

export function lookupOptions(options: CodecOptions): LookupOptions {
  return { block: Number(options.block), double: options.double === true };
}
