import { parseJsonObject } from '../../../models/load/json';
import { architectureFor } from '../../../models/registry';
import { TINY_CONFIGS } from '../../tinyConfigs';
import { jsonBytes } from '../anyJson';
import { jsonReader } from '../jsonReader';

/** The seed above all: every architecture has one (architectures.test.ts). */
const seeds = TINY_CONFIGS.map(jsonBytes);

function read(bytes: Uint8Array): void {
  const config = parseJsonObject('config.json', bytes);
  const { parameters, tensors, vocabulary, maxContext } = architectureFor(config).configure(config);
  for (const n of [parameters, vocabulary, maxContext])
    if (!Number.isSafeInteger(n) || n < 1) throw new Error(`${n} is no size`);
  if (new Set(tensors.map(({ name }) => name)).size !== tensors.length) throw new Error('a tensor twice');
}

/** config.json of every architecture. */
export default jsonReader({
  name: 'config',
  reads: 'config.json of every architecture',
  cases: 8000,
  // The order of the rows of GPT-NeoX’s and CodeGen’s widest query, key and value.
  memory: { factor: 1, base: 1 << 20 },
  seeds: () => seeds,
  read,
});
