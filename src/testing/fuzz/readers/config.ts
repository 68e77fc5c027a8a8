import { parseJsonObject } from '../../../models/load/json';
import { architectureFor } from '../../../models/registry';
import { TINY_CONFIGS } from '../../tinyConfigs';
import { jsonBytes } from '../anyJson';
import { jsonReader } from '../jsonReader';

/** A valid config of every architecture; architectures.test.ts checks that none is missing. */
const seeds = TINY_CONFIGS.map(jsonBytes);

function read(bytes: Uint8Array): void {
  const config = parseJsonObject('config.json', bytes);
  const { parameters, tensors, vocabulary, maxContext } = architectureFor(config).configure(config);
  for (const n of [parameters, vocabulary, maxContext])
    if (!Number.isSafeInteger(n) || n < 1) throw new Error(`${n} is not a size`);
  if (new Set(tensors.map(({ name }) => name)).size !== tensors.length)
    throw new Error('two tensors have the same name');
}

/** The reader of config.json for all architectures. */
export default jsonReader({
  name: 'config',
  reads: 'config.json of every architecture',
  cases: 3000,
  // The base is for the row order of the widest fused layer of GPT-NeoX and CodeGen.
  memory: { factor: 1, base: 1 << 20 },
  seeds: () => seeds,
  read,
});
