import type { FileTensorSummary } from '../../lab/inspect/inspect';
import type { Sensitivity } from '../../lab/inspect/sensitivity';
import { significant } from '../../base/format';

/** What tensors can be coloured by. */
export const SHADES = [
  { id: 'error', label: 'Relative error', unit: '' },
  { id: 'bits', label: 'Bits per weight', unit: '' },
  { id: 'sensitivity', label: 'Sensitivity', unit: ' nats' },
] as const;
export type ShadeId = (typeof SHADES)[number]['id'];

/** Returns the value of a tensor that it is coloured by; undefined if it has none. */
export function shadeValue(
  tensor: FileTensorSummary,
  shade: ShadeId,
  sensitivity: Sensitivity | undefined,
): number | undefined {
  if (shade === 'bits') return tensor.bitsPerWeight;
  if (shade === 'error') return tensor.relativeL2;
  return sensitivity?.tensors.find(({ name }) => name === tensor.name)?.divergence;
}

/** Returns how deep each tensor is coloured, 0 … 1 from no value or zero to the largest. */
export function depths(values: readonly (number | undefined)[]): number[] {
  const largest = Math.max(0, ...values.map((value) => value ?? 0));
  return values.map((value) => (largest === 0 ? 0 : (value ?? 0) / largest));
}

/** Writes such a value: "0.123 nats", or "–" where there is none. */
export function shadeText(value: number | undefined, shade: ShadeId): string {
  return value === undefined ? '–' : significant(value) + SHADES.find(({ id }) => id === shade)!.unit;
}

/** A heat map: a row for each block of the model, and a column for each tensor that blocks have. */
export interface HeatMap {
  columns: string[];
  rows: { label: string; cells: (FileTensorSummary | undefined)[] }[];
}

/** Arranges the compressed tensors of blocks; others are not in it. */
export function heatMap(tensors: readonly FileTensorSummary[]): HeatMap {
  const coded = tensors.filter(({ block, codec }) => block !== undefined && codec !== undefined);
  const columns = [...new Set(coded.map(inBlock))];
  const blocks = [...new Set(coded.map(({ block }) => block!))].sort((a, b) => a - b);
  return {
    columns,
    rows: blocks.map((block) => ({
      label: `Block ${block}`,
      cells: columns.map((column) => coded.find((each) => each.block === block && inBlock(each) === column)),
    })),
  };
}

/** Returns the name of a tensor inside its block: "mlp.up_proj" of "model.layers.3.mlp.up_proj.weight". */
function inBlock({ name, block }: FileTensorSummary): string {
  const words = name.split('.');
  const at = words.indexOf(String(block));
  return words
    .slice(at + 1)
    .join('.')
    .replace(/\.weight$/, '');
}
