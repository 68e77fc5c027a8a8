import { floatToHalfBits, halfBitsToFloat } from '../../../base/float16';
import type { CodecReference } from '../../contract/codec';
import type { Parts } from '../../contract/parts';
import type { CodecMeta } from '../../contract/meta';
import { bytesOf16, requireHalfScales } from '../storedFloats';
import type { GroupChoice, RowFormat } from './format';
import { rowLayout, type RowLayout } from './layout';

/** −1, 0 or 1 for a weight, given its group's cut. */
function tritOf(w: number, cut: number): number {
  return Math.abs(w) < cut ? 0 : Math.sign(w);
}

/** Scale and cut of every group [rows, groups per row] of some rows. */
export function chooseGroups(
  { choose }: RowFormat,
  { columns, groupSize, groupsPerRow }: RowLayout,
  values: Float32Array,
  threshold: number,
): GroupChoice[] {
  return Array.from({ length: (values.length / columns) * groupsPerRow }, (_, group) => {
    const first = Math.floor(group / groupsPerRow) * columns + (group % groupsPerRow) * groupSize;
    return choose(values.subarray(first, first + groupSize), threshold);
  });
}

/** float16 bits of the scales, where units hold them. @throws LabError bad-input naming the tensor for one beyond float16 */
export function scaleHalves({ scales }: RowFormat, choices: GroupChoice[], name: string): Uint16Array {
  if (scales !== 'block') return new Uint16Array(choices.length);
  const halves = Uint16Array.from(choices, ({ scale }) => floatToHalfBits(scale));
  requireHalfScales(name, bytesOf16(halves));
  return halves;
}

/** The definition of a row format: unit by unit. */
export function rowReference(format: RowFormat, meta: CodecMeta): CodecReference {
  const { unitWeights, unitBytes } = format;
  return {
    encode(values, shape, options): Parts {
      const layout = rowLayout(format, meta, shape);
      const { columns, rowBytes, groupsPerRow } = layout;
      const choices = chooseGroups(format, layout, values, Number(options.threshold));
      const halves = scaleHalves(format, choices, 'The matrix');
      const codes = new Uint8Array(layout.rows * rowBytes);
      forEachUnit(layout, (row, unit) => {
        const group = row * groupsPerRow + (unit % groupsPerRow);
        const end = Math.min((unit + 1) * unitWeights, columns);
        const trits = new Int8Array(unitWeights);
        for (let column = unit * unitWeights; column < end; column++)
          trits[column % unitWeights] = tritOf(values[row * columns + column], choices[group].cut);
        codes.set(Uint8Array.from(format.pack(trits, halves[group])), row * rowBytes + unit * unitBytes);
      });
      return rowPartsOf(format, codes, choices);
    },

    decode(parts, shape): Float32Array {
      const layout = rowLayout(format, meta, shape);
      const { columns } = layout;
      const codes = parts.get('codes')!;
      const decoded = new Float32Array(layout.rows * columns);
      forEachUnit(layout, (row, unit) => {
        const bytes = codes
          .subarray(row * layout.rowBytes)
          .subarray(unit * unitBytes, (unit + 1) * unitBytes);
        const trits = format.unpack(bytes);
        const scale = scaleOf(format, parts, row, bytes);
        const end = Math.min((unit + 1) * unitWeights, columns);
        for (let column = unit * unitWeights; column < end; column++)
          decoded[row * columns + column] = trits[column % unitWeights] * scale;
      });
      return decoded;
    },
  };
}

function forEachUnit({ rows, unitsPerRow }: RowLayout, visit: (row: number, unit: number) => void): void {
  for (let row = 0; row < rows; row++) for (let unit = 0; unit < unitsPerRow; unit++) visit(row, unit);
}

/** The stored parts: codes, and the scales of rows where the format has them. */
export function rowPartsOf({ scales }: RowFormat, codes: Uint8Array, choices: readonly GroupChoice[]): Parts {
  if (scales !== 'row') return new Map([['codes', codes]]);
  const bytes = new Uint8Array(Float32Array.from(choices, ({ scale }) => scale).buffer);
  return new Map([
    ['codes', codes],
    ['scales', bytes],
  ]);
}

function scaleOf({ scales }: RowFormat, parts: Parts, row: number, unit: Uint8Array): number {
  if (scales === 'none') return 1;
  if (scales === 'block') return halfBitsToFloat(unit[unit.length - 2] | (unit[unit.length - 1] << 8));
  const stored = parts.get('scales')!;
  return new DataView(stored.buffer, stored.byteOffset).getFloat32(4 * row, true);
}
