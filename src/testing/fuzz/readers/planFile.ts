import { LabError } from '../../../base/errors';
import { planFromJson, planToJson } from '../../../lab/plan/text';
import { jsonBytes } from '../anyJson';
import { jsonReader } from '../jsonReader';

const seeds = [
  { model: 'stories260K', codec: ['nf4', 'rtn(bits=4)'], context: 128, verdict: true, windows: 'all' },
  [{}, { model: 'vit-cifar10', images: 10, seed: 3, codec: 'rtn' }],
  {
    protocol: 'sliding',
    stride: 8,
    draws: 3,
    'calibration-windows': 2,
    calibration: 'tinystories-calibration',
  },
].map(jsonBytes);

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    // The command line reports this error about its file.
    throw new LabError('bad-plan', 'The plan file is not JSON.', 'Correct it and try again.', cause);
  }
}

/** The reader of plan files. */
export default jsonReader({
  name: 'plan-file',
  reads: 'plan files',
  cases: 5000,
  memory: { factor: 4 },
  refusals: ['bad-plan'],
  seeds: () => seeds,
  read(bytes) {
    for (const plan of planFromJson(parse(bytes)))
      if (JSON.stringify(planFromJson(planToJson(plan))[0]) !== JSON.stringify(plan))
        throw new Error('the formatted plan is parsed into another plan');
  },
});
