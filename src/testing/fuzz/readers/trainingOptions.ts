import { LabError } from '../../../base/errors';
import { parseTrainOptions } from '../../../train/options';
import { tinyOptions } from '../../../train/testing/tiny';
import { jsonBytes } from '../anyJson';
import { jsonReader } from '../jsonReader';

const seeds = [
  tinyOptions({
    qat: { rule: 'twn', group: 64, estimator: 'clipped', scale: 'statistic', stochastic: true },
  }),
  tinyOptions({ distillation: { weight: 0.5, temperature: 2 } }),
].map(jsonBytes);

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    // Options are part of other files, whose readers report this error.
    throw new LabError('bad-plan', 'The options are not JSON.', 'Use other options.', cause);
  }
}

/** The reader of training options. */
export default jsonReader({
  name: 'training-options',
  reads: 'training options in checkpoints and messages',
  cases: 5000,
  memory: { factor: 1 },
  refusals: ['bad-plan'],
  seeds: () => seeds,
  read(bytes) {
    const { batch, microBatch, steps, warmup } = parseTrainOptions(parse(bytes));
    if (batch % microBatch !== 0 || warmup > steps) throw new Error('the options contradict each other');
  },
});
