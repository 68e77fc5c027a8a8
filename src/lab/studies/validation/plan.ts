import { needsCalibration } from '../../../codecs/contract/registry';
import { formatCodec, parseCodec } from '../../../codecs/contract/spec';
import type { Plan } from '../../plan/plan';
import { badPlan, quote } from '../../plan/parameters';
import type { PlanNames } from '../../plan/build';
import { planFromOptions } from '../../plan/text';
import type { PublishedCell, PublishedGrid } from './grid';

/** The default data for calibrated codecs, since the sources' C4 is not part of the lab. */
export const SHIPPED_CALIBRATION = 'tinystories-calibration';
/** Windows of 2048 tokens in the shipped text, and those that the sources take, for a text of the user. */
const SHIPPED_WINDOWS = 24;
const PUBLISHED_WINDOWS = 128;

/** Which part of a grid is run, and on which data. */
export interface ValidationRequest {
  /** Runs the codecs whose spelling contains one of these. If none is given, all are run. */
  only?: readonly string[];
  /** Limit on windows; the figures are then not comparable. */
  windows?: number;
  /** Data set or file to calibrate on, taken to be like the sources'. */
  calibration?: string;
  calibrationWindows?: number;
  /** Another location of the same weights. */
  model?: string;
}

/** Selects the cells that are run. @throws LabError bad-plan when there are none */
export function chosenCells({ id, cells }: PublishedGrid, only: readonly string[] = []): PublishedCell[] {
  const chosen = cells.filter(({ codec }) => only.length === 0 || only.some((part) => codec.includes(part)));
  if (chosen.length > 0) return chosen;
  throw badPlan(
    `No codec of ${id} has ${only.map(quote).join(' or ')} in its name.`,
    `Its codecs: ${cells.map(({ codec }) => codec).join('; ')}.`,
  );
}

/**
 * Builds the plan that measures a grid: all matrices of the blocks coded, everything else in float32, perplexity alone.
 * @throws LabError bad-plan
 */
export function validationPlan(grid: PublishedGrid, request: ValidationRequest, names: PlanNames): Plan {
  const { only, windows, model = grid.model } = request;
  const cells = chosenCells(grid, only);
  const options = {
    model,
    codec: cells.map(({ codec }) => codec),
    data: grid.data,
    protocol: 'windows',
    context: String(grid.context),
    windows: windows === undefined ? 'all' : String(windows),
    scope: 'linear',
    rest: 'float32',
    metrics: 'perplexity',
    verdict: 'off',
    ...calibrationOf(cells, request),
  };
  return planFromOptions(options, names)[0];
}

/** Calibration text is read only if one of the codecs needs it. */
function calibrationOf(cells: readonly PublishedCell[], request: ValidationRequest): Record<string, string> {
  if (!cells.some(({ codec }) => needsCalibration(parseCodec(codec)))) return { calibration: 'none' };
  const { calibration = SHIPPED_CALIBRATION } = request;
  const windows = calibration === SHIPPED_CALIBRATION ? SHIPPED_WINDOWS : PUBLISHED_WINDOWS;
  return { calibration, 'calibration-windows': String(request.calibrationWindows ?? windows) };
}

/** Returns the lab's spelling of a cell's codec, as records have it. */
export function specOf({ codec }: PublishedCell): string {
  return formatCodec(parseCodec(codec));
}
