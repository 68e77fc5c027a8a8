import { QUANTISED_FORMATS } from '../../../formats/quantised/formats';
import { HAND_PACKED, handPackedFile } from '../../../formats/quantised/testing/handPacked';
import { bytesSource } from '../../../formats/byteSource';
import { openSafetensors } from '../../../formats/safetensors/read';
import { parseJsonObject } from '../../../models/load/json';
import { breakBytes } from '../breakBytes';
import { breakJson } from '../breakJson';
import { jsonBytes } from '../anyJson';
import { breakFolder, packed, unpacked, type Folder } from '../packedFolder';
import type { FuzzReader } from '../reader';
import { withHeader } from './safetensors';

const [WEIGHTS, SETTINGS] = ['model.safetensors', 'settings.json'];

/** Opens the checkpoint with the reader that its settings name, and reads every tensor. */
async function read(bytes: Uint8Array): Promise<void> {
  const folder = unpacked(bytes);
  if (!folder?.has(WEIGHTS) || !folder.has(SETTINGS)) return;
  const settings = parseJsonObject(SETTINGS, folder.get(SETTINGS)!);
  const method = typeof settings.quant_method === 'string' ? settings.quant_method : 'mlx';
  if (!Object.hasOwn(QUANTISED_FORMATS, method)) return;
  const tensors = await openSafetensors(bytesSource(folder.get(WEIGHTS)!));
  const input = { settings, tensors, isConv1d: (name: string) => name.length % 2 === 1 };
  const checkpoint = await (await QUANTISED_FORMATS[method]()).open(input);
  for (const [name, tensor] of checkpoint.tensors) {
    const values = await tensor.read();
    if (values.length !== tensor.byteLength) throw new Error(`${name} has ${values.length} bytes`);
  }
}

/** The readers of quantised checkpoints. */
const quantised: FuzzReader = {
  name: 'quantised',
  reads: 'quantised checkpoints of every format: settings and tensors, with all weights restored',
  cases: 4000,
  memory: { factor: 16, base: 64 << 10 },
  prepare: async () => {
    const folders: Folder[] = HAND_PACKED.map(
      (checkpoint) =>
        new Map([
          [SETTINGS, jsonBytes(checkpoint.settings)],
          [WEIGHTS, handPackedFile(checkpoint)],
        ]),
    );
    return {
      seeds: folders.map(packed),
      read,
      broken: (below) =>
        breakFolder(folders[below(folders.length)], below, (name, bytes) => {
          if (name === SETTINGS) return breakJson(bytes, below);
          if (below(3) === 0) return breakBytes(bytes, below);
          return withHeader(bytes, (header) => breakJson(header, below));
        }),
    };
  },
};
export default quantised;
