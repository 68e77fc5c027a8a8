import * as fc from 'fast-check';
import { blockTypes } from '../../../formats/gguf/blockTypes';
import { parseGguf } from '../../../formats/gguf/parse';
import { decodeGgufTensor, ggufTensorBytes } from '../../../formats/gguf/tensor';
import { EVERY_VALUE, everything } from '../../../formats/gguf/testing/content';
import { referenceFile } from '../../../formats/gguf/testing/referenceFile';
import { writeGguf } from '../../../formats/gguf/write';
import { joined, MUTATIONS, type Mutate } from '../../mutations';
import { breakBytes, breakStart } from '../breakBytes';
import type { FuzzReader, Prepared } from '../reader';

/** Approximate end of the headers of the valid files. */
const HEADER_BYTES = 1000;

/** General mutations, and one that writes small numbers, as types, dimensions and lengths are. */
const GGUF_MUTATIONS: readonly Mutate[] = [
  ...MUTATIONS,
  (bytes, below) => {
    if (bytes.length < 4) return bytes;
    new DataView(bytes.buffer).setUint32(below(bytes.length - 3), below(40), true);
    return bytes;
  },
];

/** Checks that the tensors of an accepted file lie inside the file, do not overlap, and have the stated sizes. */
function read(bytes: Uint8Array): void {
  const file = parseGguf(bytes);
  let end = 0;
  for (const tensor of [...file.tensors].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    if (tensor.byteLength === 0) continue;
    if (tensor.offset < end) throw new Error(`${tensor.name} overlaps another tensor`);
    end = tensor.offset + tensor.byteLength;
    if (file.dataStart + end > bytes.length) throw new Error(`${tensor.name} ends beyond the file`);
    if (!blockTypes.has(tensor.type)) continue;
    const values = decodeGgufTensor(tensor, ggufTensorBytes(bytes, file, tensor));
    const expected = tensor.dims.reduce((product, n) => product * n, 1);
    if (values.length !== expected) throw new Error(`${tensor.name} has ${values.length} values`);
  }
}

/** Generates arbitrary bytes after a magic number and small numbers of tensors and metadata entries. */
function anyHeader(): fc.Arbitrary<Uint8Array> {
  const magic = Uint8Array.of(0x47, 0x47, 0x55, 0x46, 3, 0, 0, 0);
  const counts = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }));
  return fc.tuple(counts, fc.uint8Array({ maxLength: 300 })).map(([[tensors, entries], rest]) => {
    const sizes = BigUint64Array.of(BigInt(tensors), BigInt(entries));
    return joined(magic, new Uint8Array(sizes.buffer), rest);
  });
}

async function prepare(): Promise<Prepared> {
  const older = referenceFile();
  older[4] = 2;
  const header = writeGguf({ metadata: EVERY_VALUE, tensors: [] });
  const files = [writeGguf(everything()), writeGguf(everything(64)), referenceFile(), older, header];
  return {
    seeds: files,
    read,
    broken(below) {
      const file = files[below(files.length)];
      const length = below(4) > 0 ? Math.min(file.length, HEADER_BYTES) : file.length;
      if (length === file.length) return breakBytes(file, below, GGUF_MUTATIONS);
      return breakStart(file, length, below, GGUF_MUTATIONS);
    },
    made: anyHeader(),
  };
}

/** The reader of GGUF, versions 2 and 3. */
const gguf: FuzzReader = {
  name: 'gguf',
  reads: 'GGUF: the header, and the values of all tensor types that can be decoded',
  cases: 12_000,
  // A ternary block of 54 bytes holds 256 values, that is, 19 bytes of float32 per byte of the file.
  memory: { factor: 24 },
  prepare,
};
export default gguf;
