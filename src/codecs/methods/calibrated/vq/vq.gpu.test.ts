import { syntheticInputs } from '../../../../calibrate/testing/inputs';
import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';

describeCodec(
  codec,
  [
    { rounds: 5 },
    { dimension: 8, bits: 6, scale: '32', rounds: 5 },
    { dimension: 2, bits: 9, scale: 'none', weighting: 'input', rounds: 3, seed: 3 },
    { dimension: 1, bits: 4, scale: '64', rounds: 10 },
  ],
  {
    // float32 and float64 may order nearly equal distances differently, and later rounds amplify the difference.
    search: { errorBudget: 0.05 },
    inputs: (gpu, [, columns]) => {
      const { gpu: inputs, host } = syntheticInputs(gpu, columns, 16);
      return { gpu: inputs, host };
    },
  },
);
