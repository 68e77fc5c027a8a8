import { resolve } from 'node:path';
import { optionsHelp, readArguments, usage, type OptionTable } from '../../shared/options';
import { TARGETS, type Target } from './targets';

const OPTIONS: OptionTable = {
  only: { value: 'NAME', help: 'only this target (repeatable)', repeatable: true },
  out: { value: 'DIR', help: 'folder for the results (default: results/reproduce)' },
};

export const REPRODUCE_HELP = `Usage: npm run reproduce -- [options]

Makes the committed results again and compares them with what the documents show: sizes, ratios and errors of weights must be equal,
qualities must lie within the committed 95 % intervals, and of speeds the ratios are printed. Exit code 1 if a size or an error
differs, or a quality lies outside. A target whose files are not in the repository says so; BITCURVE_FIXTURES names the folder
that has them. An interrupted run resumes in its folder, and a target that finished there is only compared again.

  --quick     only targets that take minutes, five together on two cores
${optionsHelp(OPTIONS)}
Targets (minutes on two cores without a graphics card):
${TARGETS.map(({ name, minutes, isQuick }) => `  ${name.padEnd(28)} ${String(minutes).padStart(3)}${isQuick ? '  quick' : ''}`).join('\n')}
`;

export interface ReproduceRequest {
  targets: readonly Target[];
  out: string;
}

/** Parses the arguments of `npm run reproduce`. @throws LabError bad-plan for invalid options */
export function parseReproduce(args: readonly string[]): ReproduceRequest {
  const isQuick = args.includes('--quick');
  const given = readArguments(
    args.filter((arg) => arg !== '--quick'),
    OPTIONS,
  );
  const names = given.values.get('only');
  if (isQuick && names) throw usage('--quick and --only both choose targets.', 'Keep one of them.');
  const targets = names ? names.map(targetOf) : TARGETS.filter((target) => !isQuick || target.isQuick);
  return { targets, out: given.path('out') ?? resolve('results/reproduce') };
}

function targetOf(name: string): Target {
  const found = TARGETS.find((target) => target.name === name);
  if (found) return found;
  throw usage(
    `There is no target "${name.slice(0, 60)}".`,
    `Name one of ${TARGETS.map((target) => target.name).join(', ')}.`,
  );
}
