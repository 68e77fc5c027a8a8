import type { CodecReference } from '../../../contract/codec';

/** Part `values`: float32 [out, in], little-endian. */
const reference: CodecReference = {
  encode(values) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return new Map([['values', bytes.slice()]]);
  },
  decode(parts) {
    return new Float32Array(parts.get('values')!.slice().buffer);
  },
};

export default reference;
