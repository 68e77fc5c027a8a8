import { needsCalibration } from '../../../codecs/contract/registry';
import { formatCodec, parseCodec } from '../../../codecs/contract/spec';
import type { Plan } from '../../plan/plan';
import { badPlan, quote } from '../../plan/parameters';
import type { PlanNames } from '../../plan/build';
import { planFromOptions } from '../../plan/text';
import type { PublishedCell, PublishedGrid } from './grid';

/** What calibrated codecs learn from where nothing else is said: the sources' C4 is not part of the lab. */
export const SHIPPED_CALIBRATION = 'tinystories-calibration';
/** Windows of 2048 tokens that the shipped text has; a text of the user's is to have as many as the sources took. */
const SHIPPED_WINDOWS = 24;
const PUBLISHED_WINDOWS = 128;

/** What of a grid is run, and on what. */
export interface ValidationRequest {
  /** Codecs whose spelling holds one of these; none given: all. */
  only?: readonly string[];
  /** Limit on windows; the figures are then not comparable. */
  windows?: number;
  /** Data set or file to calibrate on, taken to be like the sources'. */
  calibration?: string;
  calibrationWindows?: number;
  /** Another place of the same weights. */
  model?: string;
}

/** The cells that are run. @throws LabError bad-plan when there are none */
export function chosenCells({ id, cells }: PublishedGrid, only: readonly string[] = []): PublishedCell[] {
  const chosen = cells.filter(({ codec }) => only.length === 0 || only.some((part) => codec.includes(part)));
  if (chosen.length > 0) return chosen;
  throw badPlan(
    `No codec of ${id} has ${only.map(quote).join(' or ')} in its name.`,
    `Its codecs: ${cells.map(({ codec }) => codec).join('; ')}.`,
  );
}

/**
 * The ordinary plan that measures a grid: all matrices of the blocks coded, everything else in float32, perplexity alone.
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

/** Without codecs that learn there is nothing to read calibration text for. */
function calibrationOf(cells: readonly PublishedCell[], request: ValidationRequest): Record<string, string> {
  if (!cells.some(({ codec }) => needsCalibration(parseCodec(codec)))) return { calibration: 'none' };
  const { calibration = SHIPPED_CALIBRATION } = request;
  const most = calibration === SHIPPED_CALIBRATION ? SHIPPED_WINDOWS : PUBLISHED_WINDOWS;
  return { calibration, 'calibration-windows': String(request.calibrationWindows ?? most) };
}

/** The lab's spelling of a cell's codec, as records have it. */
export function specOf({ codec }: PublishedCell): string {
  return formatCodec(parseCodec(codec));
}
