import { buildTrainPlan } from '../../../lab/train/build';
import { readTrainFields, TRAIN_KEYS } from '../../../lab/train/parameters';
import { EMBEDDED_NAMES } from '../../../lab/plan/build';
import { breakText } from '../breakText';
import type { FuzzReader } from '../reader';

const QUERIES = [
  'steps=100&batch=4&length=32&rule=twn&group=64&estimator=clipped&seed=2',
  'qat=none&steps=10&learning-rate=1e-3&warmup=2&schedule=linear',
  'rule=t81&threshold=0.3&threshold-warmup=5&steps=50',
];

const PIECES = [
  ...TRAIN_KEYS.map((key) => `&${key}=`),
  ...[
    '0',
    '1',
    '-1',
    '1e9',
    '1e400',
    '0.5',
    'NaN',
    'on',
    'off',
    'none',
    'row',
    'twn',
    't81',
    '=',
    '&',
    '__proto__',
  ],
];

const encode = (text: string) => new TextEncoder().encode(text);

function read(bytes: Uint8Array): void {
  const given = new Map(new URLSearchParams(new TextDecoder().decode(bytes)));
  const { stages } = buildTrainPlan({ ...readTrainFields(given), model: 'stories260K' }, EMBEDDED_NAMES);
  if (!Object.values(stages).some(Boolean)) throw new Error('the run has no stage');
}

/** The reader of training plans, as the command line and the page spell them. */
const trainPlan: FuzzReader = {
  name: 'train-plan',
  reads: 'training plans by field',
  cases: 4000,
  memory: { factor: 4 },
  refusals: ['bad-plan'],
  prepare: async () => {
    const seeds = QUERIES.map(encode);
    return {
      seeds,
      read,
      broken: (below) => encode(breakText(QUERIES[below(QUERIES.length)], PIECES, below)),
    };
  },
};
export default trainPlan;
