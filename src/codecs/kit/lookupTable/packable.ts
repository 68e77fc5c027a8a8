import type { Packable } from '../../../formats/quantised/write';
import type { Coded } from '../../contract/defineCodec';
import { DYNAMIC_MAP } from './absmax';
import { readAbsmax, type LookupLayout, type LookupParts } from './layout';
import type { LookupTable } from './tables';

/** Makes what presents a stored matrix as levels with block maxima. */
export function packableLookup(table: LookupTable) {
  return ({ layout, parts }: Coded<LookupLayout, LookupParts>): Packable => {
    const { elements, block, double: nested, shape } = layout;
    const [outputs, inputs] = shape;
    const type = table.signMagnitude ? 'fp4' : 'nf4';
    const sizes = { kind: 'lookup', outputs, inputs, type, block } as const;
    return {
      scheme: { ...sizes, nested },
      read() {
        const stored = readAbsmax(layout, parts);
        const codes = parts.codes.subarray(0, Math.ceil(elements / 2));
        const maxima = stored instanceof Float32Array ? stored : { ...stored, map: DYNAMIC_MAP };
        return { ...sizes, codes, levels: table.levels, maxima };
      },
    };
  };
}
