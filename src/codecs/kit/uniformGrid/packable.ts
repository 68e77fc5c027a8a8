import type { Packable } from '../../../formats/quantised/write';
import type { Coded } from '../../contract/defineCodec';
import { readCode } from '../bits';
import { halfValues } from '../halves';
import { checkStoredScales } from '../storedFloats';
import type { UniformGridLayout, UniformGridParts } from './layout';

/** Presents a stored uniform grid as grouped integers. */
export function packableGrid({ name, layout, parts }: Coded<UniformGridLayout, UniformGridParts>): Packable {
  const { rows: outputs, columns: inputs, bits, group, asymmetric } = layout;
  const sizes = { kind: 'integers' as const, outputs, inputs, bits, group };
  return {
    scheme: { ...sizes, symmetric: !asymmetric },
    read() {
      checkStoredScales(name, parts.scales);
      const codes = new Uint8Array(outputs * inputs);
      for (let row = 0, at = 0; row < outputs; row++)
        for (let column = 0; column < inputs; column++, at++)
          codes[at] = readCode(parts.codes, row * layout.rowBytes, column, bits);
      const scales = halfValues(parts.scales);
      const { zeros } = parts;
      if (!zeros) return { ...sizes, codes, scales };
      return {
        ...sizes,
        codes,
        scales,
        zeros: Int16Array.from(scales, (_, i) => readCode(zeros, 0, i, bits)),
      };
    },
  };
}
