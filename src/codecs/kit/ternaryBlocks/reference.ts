import { floatToHalfBits, halfBitsToFloat } from '../../../base/float16';
import type { ReferenceDefinition } from '../../contract/defineCodec';
import { bytesOf16, float32Bytes, float32Values, requireHalfScales } from '../storedFloats';
import { tritOf } from './cutoff';
import type { GroupChoice, RowFormat } from './format';
import type { TernaryRowsLayout, TernaryRowsParts } from './layout';

/** Chooses scale and cutoff of every group of some rows, [rows, groups per row]. */
export function chooseGroups(
  { format, threshold, columns, groupSize, groupsPerRow }: TernaryRowsLayout,
  values: Float32Array,
): GroupChoice[] {
  return Array.from({ length: (values.length / columns) * groupsPerRow }, (_, group) => {
    const first = Math.floor(group / groupsPerRow) * columns + (group % groupsPerRow) * groupSize;
    return format.choose(values.subarray(first, first + groupSize), threshold);
  });
}

/** Converts scales to float16 bits, or zeros where units have no scales. @throws LabError bad-input naming the tensor for one beyond float16 */
export function scaleHalves({ scales }: RowFormat, choices: GroupChoice[], name: string): Uint16Array {
  if (scales !== 'block') return new Uint16Array(choices.length);
  const halves = Uint16Array.from(choices, ({ scale }) => floatToHalfBits(scale));
  requireHalfScales(name, bytesOf16(halves));
  return halves;
}

/** Makes the parts from codes, and from the scales of rows where the format has them. */
export function partsFrom(
  { scales }: RowFormat,
  codes: Uint8Array,
  choices: readonly GroupChoice[],
): TernaryRowsParts {
  if (scales !== 'row') return { codes };
  return { codes, scales: float32Bytes(Float32Array.from(choices, ({ scale }) => scale)) };
}

/** The reference of the row formats, unit by unit. */
export const ternaryRowsReference: ReferenceDefinition<TernaryRowsLayout, TernaryRowsParts> = {
  encode(values, layout) {
    const { format, columns, rowBytes, groupsPerRow } = layout;
    const { unitWeights, unitBytes } = format;
    const choices = chooseGroups(layout, values);
    const halves = scaleHalves(format, choices, 'The matrix');
    const codes = new Uint8Array(layout.rows * rowBytes);
    forEachUnit(layout, (row, unit) => {
      const group = row * groupsPerRow + (unit % groupsPerRow);
      const end = Math.min((unit + 1) * unitWeights, columns);
      const trits = new Int8Array(unitWeights);
      for (let column = unit * unitWeights; column < end; column++)
        trits[column % unitWeights] = tritOf(values[row * columns + column], choices[group].cutoff);
      codes.set(Uint8Array.from(format.pack(trits, halves[group])), row * rowBytes + unit * unitBytes);
    });
    return partsFrom(format, codes, choices);
  },

  decode({ codes, scales }, layout) {
    const { format, columns } = layout;
    const { unitWeights, unitBytes } = format;
    const rowScales = scales && float32Values(scales);
    const decoded = new Float32Array(layout.rows * columns);
    forEachUnit(layout, (row, unit) => {
      const bytes = codes.subarray(row * layout.rowBytes).subarray(unit * unitBytes, (unit + 1) * unitBytes);
      const trits = format.unpack(bytes);
      const scale = rowScales ? rowScales[row] : unitScale(format, bytes);
      const end = Math.min((unit + 1) * unitWeights, columns);
      for (let column = unit * unitWeights; column < end; column++)
        decoded[row * columns + column] = trits[column % unitWeights] * scale;
    });
    return decoded;
  },
};

function forEachUnit(
  { rows, unitsPerRow }: TernaryRowsLayout,
  visit: (row: number, unit: number) => void,
): void {
  for (let row = 0; row < rows; row++) for (let unit = 0; unit < unitsPerRow; unit++) visit(row, unit);
}

/** Reads the scale at the end of a unit, which is 1 where units have none. */
function unitScale({ scales }: RowFormat, unit: Uint8Array): number {
  return scales === 'none' ? 1 : halfBitsToFloat(unit[unit.length - 2] | (unit[unit.length - 1] << 8));
}
