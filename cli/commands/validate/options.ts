import type { ComputeChoice } from '../../../src/lab/compute';
import { PLAN_PARAMETERS } from '../../../src/lab/plan/parameters';
import type { PublishedGrid } from '../../../src/lab/studies/validation/grid';
import type { ValidationRequest } from '../../../src/lab/studies/validation/plan';
import { publishedGrids } from '../../../src/lab/studies/validation/registry';
import { OFFLINE } from '../../../src/platform/node/hub/models';
import {
  ADAPTER,
  COMPUTE,
  computeOf,
  optionsHelp,
  readArguments,
  usage,
  type Arguments,
  type OptionTable,
} from '../../shared/options';

const OPTIONS: OptionTable = {
  only: {
    value: 'TEXT',
    help: 'run only codecs whose spelling contains this text, e.g. rtn or "bits=4" (repeatable)',
    repeatable: true,
  },
  windows: {
    value: 'N',
    help: 'score only the first N windows; the results are not comparable with published ones',
  },
  calibration: {
    value: 'FILE',
    help: 'calibration text, assumed to resemble the C4 text of the papers (default: the embedded text, with wider bounds)',
  },
  'calibration-windows': { value: 'N', help: 'calibration windows (default: 128 for a file)' },
  model: { value: 'NAME', help: 'the same weights from another source, e.g. a folder (default: the hub)' },
  out: {
    value: 'DIR',
    help: 'write records.json, records.csv, curve.html and validation.md; an interrupted run resumes there',
  },
  adapter: ADAPTER,
  compute: COMPUTE,
};

export const VALIDATE_HELP = `Usage: npm run validate -- NAME [options]

Reproduces published results: measures the same figures and prints them in one table beside the published ones, with the
bounds within which two figures count as equal. The exit code is 1 if a figure is outside its bounds. On a software adapter
this takes many hours.

${gridsHelp()}
${optionsHelp(OPTIONS)}`;

export interface ValidateRequest extends ValidationRequest {
  grid: PublishedGrid;
  offline: boolean;
  out?: string;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run validate`. @throws LabError bad-plan for every invalid option */
export function parseValidate(args: readonly string[]): ValidateRequest {
  const given = readArguments(args, OPTIONS, ['NAME']);
  return {
    grid: gridOf(given.positionals[0]),
    offline: args.includes(OFFLINE),
    only: given.values.get('only'),
    windows: windowsOf(given, 'windows'),
    calibrationWindows: windowsOf(given, 'calibration-windows'),
    calibration: given.value('calibration'),
    model: given.value('model'),
    out: given.path('out'),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}

/** Returns a number of windows; undefined if the option is absent or `all`. */
function windowsOf(given: Arguments, option: 'windows' | 'calibration-windows'): number | undefined {
  const text = given.value(option);
  if (text === undefined) return undefined;
  const value = PLAN_PARAMETERS[option].parse(text, `--${option}`);
  return value === 'all' ? undefined : value;
}

function gridOf(name: string): PublishedGrid {
  const found = publishedGrids.get(name);
  if (found) return found;
  throw usage(
    `No published figures are known here for "${name.slice(0, 60)}".`,
    `Name one of ${[...publishedGrids.keys()].join(', ')}.`,
  );
}

function gridsHelp(): string {
  const grids = [...publishedGrids.values()];
  const width = Math.max(...grids.map(({ id }) => id.length));
  return grids
    .map(({ id, title, cells }) => `  ${id.padEnd(width)}  ${title}: ${cells.length} codecs\n`)
    .join('');
}
