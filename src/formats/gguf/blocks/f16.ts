import { defineBlockType, getHalf, setHalf } from '../blockType';

export default defineBlockType({
  id: 1,
  name: 'F16',
  blockSize: 1,
  blockBytes: 2,
  encodeBlock: (values, from, bytes, to) => setHalf(bytes, to, values[from], 'F16'),
  decodeBlock(bytes, from, values, to) {
    values[to] = getHalf(bytes, from);
  },
});
