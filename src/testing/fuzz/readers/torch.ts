import * as fc from 'fast-check';
import { bytesSource } from '../../../formats/byteSource';
import { rawTensorBytes } from '../../../formats/dtypes';
import { torchTensors } from '../../../formats/torch/tensors';
import { LEGACY_START_BYTES } from '../../../formats/torch/legacy';
import { OPCODES, STOP } from '../../../formats/torch/pickle/opcodes';
import { partsOf, torchArchive, writeZip, type Part } from '../../../formats/torch/testing/archive';
import { global, op, storage, text, tuple } from '../../../formats/torch/testing/pickles';
import { torchFile } from '../../../formats/torch/testing/torchFiles';
import { MUTATIONS, joined, type Below, type Mutate } from '../../mutations';
import { breakBytes } from '../breakBytes';
import type { FuzzReader, Prepared } from '../reader';

/** Size of the storages after the last pickle of the legacy file. */
const LEGACY_STORAGES_BYTES = 298;
/** Size of the end of an archive, which contains its directory. */
const ARCHIVE_END_BYTES = 1200;

const CODES = [...OPCODES.keys(), STOP];

/** General mutations, and ones that write opcodes of pickles and small lengths of zip directories. */
const TORCH_MUTATIONS: readonly Mutate[] = [
  ...MUTATIONS,
  (bytes, below) => {
    bytes[below(bytes.length)] = CODES[below(CODES.length)];
    return bytes;
  },
  (bytes, below) => {
    if (bytes.length < 2) return bytes;
    new DataView(bytes.buffer).setUint16(below(bytes.length - 1), below(300), true);
    return bytes;
  },
];

const mutated = (bytes: Uint8Array, below: Below) => breakBytes(bytes, below, TORCH_MUTATIONS);

/** Breaks the archive itself, mostly at its end. */
function brokenArchive(file: Uint8Array, below: Below): Uint8Array {
  const head = below(3) > 0 ? Math.max(0, file.length - ARCHIVE_END_BYTES) : 0;
  return joined(file.subarray(0, head), mutated(file.subarray(head), below));
}

/** Breaks one part of an archive that is valid and has correct checksums, so that the pickle is read. */
function brokenPart(parts: readonly Part[], below: Below): Uint8Array {
  const pickle = parts.findIndex(({ name }) => name.endsWith('data.pkl'));
  const chosen = below(4) > 0 ? pickle : below(parts.length);
  return writeZip(
    parts.map((part, i) => (i === chosen ? { ...part, bytes: mutated(part.bytes, below) } : part)),
    { wide: below(4) === 0 },
  );
}

/** Breaks a file of PyTorch before 1.6 after its magic number, mostly in its pickles. */
function brokenLegacy(file: Uint8Array, below: Below): Uint8Array {
  const tail = below(4) > 0 ? file.length - LEGACY_STORAGES_BYTES : file.length;
  return joined(
    file.subarray(0, LEGACY_START_BYTES),
    mutated(file.subarray(LEGACY_START_BYTES, tail), below),
    file.subarray(tail),
  );
}

async function read(bytes: Uint8Array): Promise<void> {
  for (const tensor of (await torchTensors(bytesSource(bytes))).values()) {
    const values = await tensor.read();
    if (values.byteLength !== rawTensorBytes(tensor.dtype, tensor.shape))
      throw new Error(`${values.byteLength} bytes for ${tensor.dtype} [${tensor.shape.join()}]`);
  }
}

/** Generates archives whose pickle has arbitrary opcodes in arbitrary order. */
function anyPickle(): fc.Arbitrary<Uint8Array> {
  const small = fc.nat({ max: 5 }).map((n) => op(0x4b, n));
  const piece = fc.oneof(
    fc.constantFrom(...CODES).map((code) => op(code)),
    fc.constantFrom('FloatStorage', 'LongStorage', 'Tensor').map((name) => global('torch', name)),
    fc.constantFrom('_rebuild_tensor_v2', '_rebuild_parameter').map((name) => global('torch._utils', name)),
    fc.constant(global('collections', 'OrderedDict')),
    fc.constant(storage(4)),
    fc.tuple(small, small).map((sizes) => tuple(...sizes)),
    small,
    fc.constantFrom('a', 'storage', '0').map(text),
  );
  const pickles = fc.array(piece, { maxLength: 30 }).map((pieces) => joined(op(0x80, 2), ...pieces));
  return pickles.map((pickle) => torchArchive(pickle, [new Uint8Array(16)]));
}

async function prepare(): Promise<Prepared> {
  const files = await Promise.all((['protocol2', 'protocol4'] as const).map(torchFile));
  const parts = await Promise.all([...files, await torchFile('training')].map(partsOf));
  const older = await torchFile('legacy');
  const kinds = [
    (below: Below) => brokenArchive(files[below(files.length)], below),
    (below: Below) => brokenPart(parts[below(parts.length)], below),
    (below: Below) => brokenLegacy(older, below),
  ];
  return {
    seeds: [...files, older],
    read,
    broken: (below) => kinds[below(kinds.length)](below),
    made: anyPickle(),
  };
}

/** The reader of PyTorch files: zip archives since 1.6, consecutive pickles before. */
const torch: FuzzReader = {
  name: 'torch',
  reads: 'PyTorch `.bin` files, archives and older ones, with all values',
  cases: 12_000,
  memory: { factor: 4 },
  prepare,
};
export default torch;
