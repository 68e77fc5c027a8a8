import { LabError } from '../../base/errors';
import type { InspectRequest } from '../../lab/inspect/inspect';
import type { Plan } from '../../lab/plan/plan';
import { weightsOf } from '../compare/commands';
import type { Values } from '../store/values';
import { SHADES, type ShadeId } from './shade';

/** What the view is asked to show, as texts that the address has. */
export interface Asked {
  codec: string;
  /** Absent for the tensor with the largest error. */
  tensor?: string;
  /** Absent for the weight of the largest magnitude. */
  row?: string;
  column?: string;
  shade: ShadeId;
  isLogarithmic: boolean;
}

/** The defaults of the parameters that the address may have; those that are empty depend on the file. */
export const INSPECT_DEFAULTS = {
  codec: 'rtn(bits=4,group=32)',
  tensor: '',
  row: '',
  column: '',
  colour: 'error',
  counts: 'linear',
};

/** Reads what is asked from the address. @throws LabError bad-plan for an unknown parameter or value */
export function askedOf(values: Values): Asked {
  const unknown = Object.keys(values).find((key) => !(key in INSPECT_DEFAULTS));
  if (unknown !== undefined)
    throw new LabError(
      'bad-plan',
      `Inspect has no parameter "${unknown.slice(0, 40)}".`,
      `Known: ${Object.keys(INSPECT_DEFAULTS).join(', ')}.`,
    );
  const { codec, tensor, row, column, colour, counts } = { ...INSPECT_DEFAULTS, ...values };
  return {
    codec,
    ...(tensor && { tensor }),
    ...(row && column && { row, column }),
    shade: oneOf(
      'colour',
      colour,
      SHADES.map(({ id }) => id),
    ),
    isLogarithmic: oneOf('counts', counts, ['linear', 'log']) === 'log',
  };
}

/** @throws LabError bad-plan for a word that is not one of them */
function oneOf<Word extends string>(key: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found) return found;
  throw new LabError(
    'bad-plan',
    `${key} has no value "${text.slice(0, 40)}".`,
    `Allowed: ${words.join(', ')}.`,
  );
}

/** Makes the request for what is asked of a plan's model. @throws LabError bad-input for a place that is not of whole numbers */
export function inspectRequest(plan: Plan, { codec, tensor, row, column }: Asked): InspectRequest {
  return {
    ...weightsOf(plan, codec),
    ...(tensor && { tensor }),
    ...(row && column && { weight: [index('row', row), index('column', column)] as const }),
  };
}

function index(what: string, text: string): number {
  if (/^\d{1,9}$/.test(text.trim())) return Number(text);
  throw new LabError(
    'bad-input',
    `The ${what} "${text.slice(0, 20)}" is not a whole number.`,
    'Count from 0.',
  );
}
