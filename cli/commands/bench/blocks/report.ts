import { significant } from '../../../../src/base/format';
import { markdownTable, type TableColumn } from '../../../../src/base/markdown';

/** Weights per second in one block type. */
export interface BlockRates {
  type: string;
  typescript: { encode: number; decode: number };
  kernels: { encode: number; decode: number };
}

const millions = (rate: number) => significant(rate / 1e6);

const COLUMNS: readonly TableColumn<BlockRates>[] = [
  ['Type', ({ type }) => type, 'left'],
  ['Encode, TypeScript', ({ typescript }) => millions(typescript.encode)],
  ['Encode, kernels', ({ kernels }) => millions(kernels.encode)],
  ['Decode, TypeScript', ({ typescript }) => millions(typescript.decode)],
  ['Decode, kernels', ({ kernels }) => millions(kernels.decode)],
];

/** Returns a Markdown table of millions of weights per second. */
export function blocksTable(rates: readonly BlockRates[]): string {
  return markdownTable(COLUMNS, rates);
}
