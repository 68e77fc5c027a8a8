import { bfloat16sToFloats } from '../../../../base/float16';
import type { Packable } from '../../../../formats/quantised/write';
import type { Coded } from '../../../contract/defineCodec';
import { bits16Of } from '../../../kit/storedFloats';
import type { Fp8Layout, Fp8Parts } from './layout';

/** Presents stored 8-bit floats without the padding of their rows. */
export function packableFloat8({ layout, parts }: Coded<Fp8Layout, Fp8Parts>): Packable {
  const { rows: outputs, columns: inputs, format, block, rowBytes } = layout;
  const scheme = { kind: 'float8' as const, outputs, inputs, format, block };
  return {
    scheme,
    read() {
      const codes = new Uint8Array(outputs * inputs);
      for (let row = 0; row < outputs; row++)
        codes.set(parts.codes.subarray(row * rowBytes, row * rowBytes + inputs), row * inputs);
      return { ...scheme, codes, scales: bfloat16sToFloats(bits16Of(parts.scales)) };
    },
  };
}
