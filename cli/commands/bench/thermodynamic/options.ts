import { optionsHelp, readArguments, type OptionTable } from '../../../shared/options';
import { samplingSeconds } from '../options';

const OPTIONS: OptionTable = {
  seconds: {
    value: 'N',
    help: 'time for each phase at each size in seconds, six samples at least (default: 1)',
  },
  out: { value: 'FILE', help: 'also write the results as JSON' },
  compare: { value: 'FILE', help: 'print the change of each time since the results in FILE' },
};

export const THERMODYNAMIC_HELP = `Usage: npm run bench -- thermodynamic [options]

Runs the benchmark of ArrowQuant V2's "thermodynamic" phases as its documents list it: baseline, validation, three kinds of smoothing and two
schedules of optimisation, at 1,024, 4,096 and 16,384 weights. Beside the published targets for time and smoothness it says what the phases
do to activations: their squared error, and the share that is cut off. It needs no GPU.

${optionsHelp(OPTIONS)}`;

export interface ThermodynamicRequest {
  seconds: number;
  out?: string;
  compare?: string;
}

/** Parses the arguments of `npm run bench -- thermodynamic`. @throws LabError bad-plan for every invalid option */
export function parseThermodynamic(args: readonly string[]): ThermodynamicRequest {
  const given = readArguments(args, OPTIONS);
  return {
    seconds: samplingSeconds(given.value('seconds') ?? '1'),
    out: given.path('out'),
    compare: given.path('compare'),
  };
}
