import { OFFLINE } from '../../../../src/platform/node/hub/models';
import { usage } from '../../../shared/options';

export const DELTA_MEASURE_HELP = `Usage: npm run delta -- measure --base MODEL --tuned MODEL FILE.delta… [options of sweep]

Measures the models that deltas restore beside the fine-tuned model: bytes of the delta against quality, and the verdict against
plain rounding of the fine-tuned model itself of no more bytes. It is the same as

  npm run sweep -- --model TUNED --base BASE --file FILE.delta

and takes the other options of that command, such as --codec, --data, --windows and --out.
`;

/** Returns the arguments of `sweep`. @throws LabError bad-plan if there is no delta */
export function sweepArguments(args: readonly string[]): string[] {
  const files: string[] = [];
  const rest: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!arg.startsWith('--')) files.push('--file', arg);
    else if (arg === OFFLINE || arg.includes('=')) rest.push(arg);
    else rest.push(arg === '--tuned' ? '--model' : arg, args[++i] ?? '');
  }
  if (files.length === 0)
    throw usage('FILE.delta is missing.', 'Name the deltas to measure; --help shows how.');
  return [...rest, ...files];
}
