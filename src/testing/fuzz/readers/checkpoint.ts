import { parseSafetensors } from '../../../formats/safetensors/read';
import { writeSafetensors } from '../../../formats/safetensors/write';
import { parseCheckpoint, writeCheckpoint } from '../../../train/checkpoint';
import { tinyOptions } from '../../../train/testing/tiny';
import { breakBytes } from '../breakBytes';
import { breakJson } from '../breakJson';
import type { FuzzReader } from '../reader';
import { withHeader } from './safetensors';

const KEY = 'bitcurve.training';

const head = {
  step: 4,
  options: tinyOptions({
    qat: { rule: 'twn', group: 64, estimator: 'clipped', scale: 'statistic', stochastic: true },
  }),
  data: { name: 'text', sha256: 'aa', augmentation: 'flipped and moved' },
  model: { architecture: 'gpt2', sha256: 'bb' },
};
const tensors = [
  { name: 'weight/a', shape: [2, 3], values: Float32Array.of(1, -2, 0.1, 1e-40, -0, 3e38) },
  { name: 'square/a', shape: [2, 3], values: Float32Array.of(0, 1, 2, 3, 4, 5) },
];

/** Returns the file with changed metadata. */
function withHead(file: Uint8Array, change: (text: Uint8Array) => Uint8Array): Uint8Array {
  const { metadata, tensors: stored } = parseSafetensors(file);
  const text = new TextDecoder().decode(change(new TextEncoder().encode(metadata[KEY])));
  return writeSafetensors(
    [...stored].map(([name, tensor]) => ({ name, ...tensor })),
    { [KEY]: text },
  );
}

function read(bytes: Uint8Array): void {
  const { step, options, tensors: parsed } = parseCheckpoint({ bytes });
  if (step > options.steps) throw new Error(`step ${step} of ${options.steps}`);
  for (const { values } of parsed.values()) if (!values.every(Number.isFinite)) throw new Error('not finite');
}

/** The reader of training checkpoints. */
const checkpoint: FuzzReader = {
  name: 'checkpoint',
  reads: 'training checkpoints',
  cases: 5000,
  memory: { factor: 2 },
  refusals: ['bad-file', 'bad-plan', 'not-finite'],
  prepare: async () => {
    const { bytes: file } = writeCheckpoint(head, tensors);
    return {
      seeds: [file],
      read,
      broken(below) {
        const how = below(3);
        if (how === 0) return breakBytes(file, below);
        if (how === 1) return withHeader(file, (header) => breakJson(header, below));
        return withHead(file, (text) => breakJson(text, below));
      },
    };
  },
};
export default checkpoint;
