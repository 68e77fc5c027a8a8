import { describeError } from '../../base/errors';
import {
  DECISION_PARAMETERS,
  decisionRequest,
  priceTable,
  readDecision,
  type DecisionKey,
  type DecisionRequest,
} from '../../lab/decide/parameters';
import { HARDWARE_PRICES, type HardwarePrice } from '../../lab/decide/prices';
import type { LabRecord } from '../../lab/results/record';
import { problemOf, type Problem } from '../plan/draft';
import type { Values } from '../store/values';

type Task = LabRecord['quality']['task'];

/** Label and unit of a field, and the tasks that it applies to. */
interface DecisionField {
  key: DecisionKey;
  label: string;
  unit: string;
  only?: Task;
}

/** The fields with a number or a size, in their order. */
const FIELDS: readonly DecisionField[] = [
  { key: 'max-increase', label: 'Loss at most', unit: '% of perplexity, or "off"', only: 'perplexity' },
  { key: 'max-increase', label: 'Loss at most', unit: 'points, or "off"', only: 'image-accuracy' },
  { key: 'max-bytes', label: 'Size at most', unit: 'e.g. 5MB' },
  { key: 'max-memory', label: 'GPU memory at most', unit: 'e.g. 200MiB' },
  { key: 'max-p50', label: 'p50 latency at most', unit: 'ms' },
  { key: 'max-p95', label: 'p95 latency at most', unit: 'ms' },
  { key: 'max-p99', label: 'p99 latency at most', unit: 'ms' },
  { key: 'min-prefill', label: 'Prefill at least', unit: 'tokens/s', only: 'perplexity' },
  { key: 'min-decode', label: 'Decode at least', unit: 'tokens/s', only: 'perplexity' },
  { key: 'min-decode', label: 'Rate at least', unit: 'images/s', only: 'image-accuracy' },
  { key: 'max-price', label: 'Price at most', unit: '$ per million' },
  { key: 'price-per-hour', label: 'Price of an hour', unit: '$, if not by hardware' },
  { key: 'per-second', label: 'Rate for prices', unit: 'per second, if not measured' },
];

/** Returns the fields that apply to a task, and those of others that have a value, so that it can be removed. */
export function decisionFields(task: Task, values: Values): readonly DecisionField[] {
  const own = FIELDS.filter(({ only }) => (only ?? task) === task);
  const set = FIELDS.filter(({ key }) => key in values && !own.some((field) => field.key === key));
  return [...own, ...set];
}

/** Returns what is wrong with one field on its own. */
export function decisionProblem(key: DecisionKey, text: string | undefined): Problem | undefined {
  if (text === undefined) return undefined;
  return problemOf(() => DECISION_PARAMETERS[key].parse(text, labelOf(key)));
}

/** Checks the texts of a decision. */
export function requestOf(values: Values): { request: DecisionRequest } | { problem: Problem } {
  try {
    return { request: decisionRequest(readDecision(new Map(Object.entries(values)), labelOf)) };
  } catch (error) {
    const { message, remedy } = describeError(error);
    return { problem: { message, remedy } };
  }
}

function labelOf(key: string): string {
  return FIELDS.find((field) => field.key === key)?.label ?? key;
}

/** Returns the prices of the hour, with those of the address if they can be read. */
export function pricesOf(values: Values): readonly HardwarePrice[] {
  const { prices } = values;
  if (prices === undefined || decisionProblem('prices', prices)) return HARDWARE_PRICES;
  return priceTable(readDecision(new Map([['prices', prices]]), (key) => key));
}

/** Returns the text of the prices after one has been changed: those that differ from the table; "" if none does. */
export function withPrice(values: Values, id: string, text: string): string {
  const pricePerHour = Number(text);
  const changed = pricesOf(values).map((row) => (row.id === id ? { id, pricePerHour } : row));
  const own = changed.filter(
    (row) => !HARDWARE_PRICES.some((known) => known.id === row.id && known.pricePerHour === row.pricePerHour),
  );
  return DECISION_PARAMETERS.prices.format(own);
}
