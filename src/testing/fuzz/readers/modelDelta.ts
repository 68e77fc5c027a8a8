import { floatsToBfloat16s } from '../../../base/float16';
import { KeyedRandom } from '../../../base/random';
import { restoreTensor } from '../../../delta/apply';
import { tensorSha256 } from '../../../delta/checksum';
import { chooseDelta } from '../../../delta/choose';
import {
  formatModelDelta,
  MODEL_DELTA_FORMAT,
  parseModelDelta,
  type ModelDelta,
} from '../../../delta/description';
import { deltaEncoders } from '../../../delta/encoder';
import { bytesSource } from '../../../formats/byteSource';
import { openSafetensors, openSafetensorsFile } from '../../../formats/safetensors/read';
import { writeSafetensors, type NamedTensor } from '../../../formats/safetensors/write';
import { breakBytes, breakStart } from '../breakBytes';
import { breakJson } from '../breakJson';
import type { FuzzReader } from '../reader';
import { withHeader } from './safetensors';

const SHAPE = [12, 16];
const COUNT = SHAPE[0] * SHAPE[1];

/** Returns base and tuned values in bfloat16; a third of the values differs. */
function values(isTuned: boolean): Uint8Array {
  const random = new KeyedRandom(3, 1);
  const floats = Float32Array.from({ length: COUNT }, (_, i) => {
    const value = random.nextNormal();
    return isTuned && i % 3 === 0 ? value * 1.01 : value;
  });
  return new Uint8Array(floatsToBfloat16s(floats).buffer);
}

/** Returns a delta in which each tensor is stored by another encoder, and its base. */
async function sample(): Promise<{ file: Uint8Array; base: Uint8Array }> {
  const names = [...deltaEncoders.keys()];
  const [base, tuned] = [values(false), values(true)];
  const description: ModelDelta = {
    format: MODEL_DELTA_FORMAT,
    base: { id: 'base', sha256: '0'.repeat(64) },
    tuned: { id: 'tuned', sha256: '0'.repeat(64), bytes: 1 },
    exact: false,
    tensors: {},
    files: { 'config.json': 'base' },
  };
  const parts: NamedTensor[] = [];
  for (const name of names) {
    const pair = { name, dtype: 'BF16', shape: SHAPE, base, tuned: name === 'zero' ? base : tuned } as const;
    const chosen = await chooseDelta(pair, { exact: false, maxError: 1, seed: 1, encoders: [name] });
    const { settings, encoder, restored } = chosen;
    const sha256 = await tensorSha256('BF16', SHAPE, restored);
    description.tensors[name] = { dtype: 'BF16', shape: SHAPE, encoder, settings, sha256 };
    for (const [suffix, bytes] of Object.entries(chosen.parts))
      parts.push({ name: `${name}.${suffix}`, dtype: 'U8', shape: [bytes.length], bytes });
  }
  const model = names.map((name) => ({ name, dtype: 'BF16', shape: SHAPE, bytes: base }) as const);
  return { file: writeSafetensors(parts, formatModelDelta(description)), base: writeSafetensors(model) };
}

/** The reader of model deltas. */
const modelDelta: FuzzReader = {
  name: 'model-delta',
  reads: 'model deltas: the description, and the tensors of every encoder',
  cases: 4000,
  memory: { factor: 96, base: 512 << 10 },
  prepare: async () => {
    const { file, base } = await sample();
    const tensors = await openSafetensors(bytesSource(base));
    return {
      seeds: [file],
      broken(below) {
        const how = below(3);
        if (how === 0) return breakBytes(file, below);
        if (how === 1) return withHeader(file, (header) => breakJson(header, below));
        return breakStart(file, Math.min(file.length, 4000), below);
      },
      async read(bytes) {
        const { metadata, tensors: parts } = await openSafetensorsFile(bytesSource(bytes));
        const description = parseModelDelta(metadata);
        for (const name of Object.keys(description.tensors)) {
          const restored = await restoreTensor({ description, parts }, name, tensors);
          if (restored.length !== 2 * COUNT) throw new Error(`${name} has another size`);
        }
      },
    };
  },
};
export default modelDelta;
