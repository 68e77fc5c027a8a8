import { PLAN_PARAMETERS } from '../../../src/lab/plan/parameters';
import type { PublishedGrid } from '../../../src/lab/studies/validation/grid';
import type { ValidationRequest } from '../../../src/lab/studies/validation/plan';
import { publishedGrids } from '../../../src/lab/studies/validation/registry';
import { OFFLINE } from '../../../src/platform/node/hub/models';
import {
  ADAPTER,
  optionsHelp,
  readArguments,
  usage,
  type Arguments,
  type OptionTable,
} from '../../shared/options';

const OPTIONS: OptionTable = {
  only: {
    value: 'TEXT',
    help: 'run only codecs whose spelling holds this, e.g. rtn or "bits=4" (repeatable)',
    repeatable: true,
  },
  windows: { value: 'N', help: 'score only the first N windows: quicker, and not comparable with print' },
  calibration: {
    value: 'FILE',
    help: 'text that codecs learn from, taken to be like the sources’ C4 (default: what the lab ships, with wider bounds)',
  },
  'calibration-windows': { value: 'N', help: 'windows of it (default: 128 of a file)' },
  model: { value: 'NAME', help: 'the same weights from elsewhere, e.g. a folder (default: from the hub)' },
  out: {
    value: 'DIR',
    help: 'write records.json, records.csv, curve.html and validation.md; an interrupted run resumes there',
  },
  adapter: ADAPTER,
};

export const VALIDATE_HELP = `Usage: npm run validate -- NAME [options]

Measures figures that papers print and says whether this lab finds the same: one table, ours beside theirs, with the bounds
inside which two figures count as the same. Exit code 1 when a figure is outside its bounds. On a software adapter this takes
many hours.

${gridsHelp()}
${optionsHelp(OPTIONS)}`;

export interface ValidateRequest extends ValidationRequest {
  grid: PublishedGrid;
  offline: boolean;
  out?: string;
  adapter?: string;
}

/** @throws LabError bad-plan with a sentence for every wrong option */
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
  };
}

/** @returns undefined where the option is not given, or says `all` */
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
