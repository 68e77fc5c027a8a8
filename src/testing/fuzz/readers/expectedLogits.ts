import { parseExpected } from '../../../../cli/commands/check/expectedLogits';
import { writeSafetensors, type NamedTensor } from '../../../formats/safetensors/write';
import { architectureFor } from '../../../models/registry';
import type { ModelShape } from '../../../models/architecture';
import { GPT2, VIT } from '../../tinyConfigs';
import { breakBytes } from '../breakBytes';
import { breakJson } from '../breakJson';
import type { FuzzReader } from '../reader';
import { withHeader } from './safetensors';

const [text, image] = [GPT2, VIT].map((config) => architectureFor(config).configure(config));

const bytesOf = ({ buffer }: { buffer: ArrayBufferLike }) => new Uint8Array(buffer as ArrayBuffer);

function file(...tensors: NamedTensor[]): Uint8Array {
  return writeSafetensors(tensors, {});
}

function logits({ program }: ModelShape, rows: number): NamedTensor {
  const { outputs } = program.head;
  return { name: 'logits', dtype: 'F32', shape: [rows, outputs], bytes: new Uint8Array(4 * rows * outputs) };
}

const ids = { name: 'input_ids', shape: [1, 3] };
const pixels = {
  name: 'pixel_values',
  dtype: 'F32',
  shape: [1, 3, 8, 8],
  bytes: new Uint8Array(4 * 3 * 64),
} as const;
const seeds = [
  file({ ...ids, dtype: 'I64', bytes: bytesOf(BigInt64Array.of(1n, 49n, 0n)) }, logits(text, 3)),
  file({ ...ids, dtype: 'I32', bytes: bytesOf(Int32Array.of(1, 49, 0)) }, logits(text, 3)),
  file(pixels, logits(image, 1)),
];

/** Reads a file for the kind of model that its tensors imply. */
function read(bytes: Uint8Array): void {
  const shape = new TextDecoder().decode(bytes).includes('pixel_values') ? image : text;
  const { input, logits: expected } = parseExpected(bytes, shape);
  const rows = shape.image ? input.sequences : input.sequences * input.length;
  if (expected.length !== rows * shape.program.head.outputs) throw new Error(`${expected.length} logits`);
}

/** The reader of the expected logits with which `npm run check` compares a model. */
const expectedLogits: FuzzReader = {
  name: 'expected-logits',
  reads: 'inputs and expected logits of `npm run check`',
  cases: 2500,
  memory: { factor: 4 },
  prepare: async () => ({
    seeds,
    read,
    broken(below) {
      const bytes = seeds[below(seeds.length)];
      return below(3) === 0
        ? breakBytes(bytes, below)
        : withHeader(bytes, (header) => breakJson(header, below));
    },
  }),
};
export default expectedLogits;
