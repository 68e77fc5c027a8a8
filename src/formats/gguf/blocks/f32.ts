import { defineBlockType } from '../blockType';

export default defineBlockType({
  id: 0,
  name: 'F32',
  blockSize: 1,
  blockBytes: 4,
  encodeBlock: (values, from, bytes, to) => bytes.setFloat32(to, values[from], true),
  decodeBlock(bytes, from, values, to) {
    values[to] = bytes.getFloat32(from, true);
  },
});
