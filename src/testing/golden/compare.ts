import type { ArtefactValue, Golden, Json } from './file';

/** Relative tolerance of a record's numbers on another adapter, since they are float32 sums on the GPU. */
const RECORD_RELATIVE = 1e-3;
/** Absolute tolerance, for differences of nearly equal numbers. */
const RECORD_ABSOLUTE = 1e-5;
/** Relative tolerance of the weights' error if a search found other codes on another adapter. */
const ERROR_BUDGET = 0.05;

/** The number of values that agree, by kind of comparison, and the differences. */
export interface Comparison {
  bytes: number;
  decoded: number;
  errors: number;
  records: number;
  differences: string[];
}

/**
 * Compares current values with those of the file. On the file's adapter all must be equal. On another one, bytes must be
 * equal if the codec guarantees it; otherwise decoded weights or their error must agree within tolerance.
 * @param actual the current values; the short form lacks some models
 * @param whole whether the current values must include all of the file
 */
export function compareGolden(expected: Golden, actual: Golden, whole: boolean): Comparison {
  const found: Comparison = { bytes: 0, decoded: 0, errors: 0, records: 0, differences: [] };
  const same = expected.adapter === actual.adapter;
  for (const [codec, models] of Object.entries(actual.codecs))
    for (const [model, value] of Object.entries(models))
      compareArtefact(`${codec} on ${model}`, expected.codecs[codec]?.[model], value, same, found);
  for (const [task, fields] of Object.entries(actual.records)) {
    const differences = compareFields(`record of ${task}`, expected.records[task] ?? {}, fields, same);
    if (differences.length === 0) found.records++;
    found.differences.push(...differences);
  }
  if (whole) found.differences.push(...missing(expected, actual));
  return found;
}

function compareArtefact(
  name: string,
  expected: ArtefactValue | undefined,
  actual: ArtefactValue,
  same: boolean,
  found: Comparison,
): void {
  if (!expected) found.differences.push(`${name}: not in the file`);
  else if (same || !actual.decoded) {
    const differences = compareFields(name, expected as unknown as Json, actual as unknown as Json, true);
    if (differences.length === 0) found.bytes++;
    found.differences.push(...differences);
  } else if (expected.sha256 === actual.sha256) found.bytes++;
  else if (areNear(expected, actual)) found.decoded++;
  else if (relative(expected.error!, actual.error!) <= ERROR_BUDGET) found.errors++;
  else
    found.differences.push(
      `${name}: error of the weights: ${expected.error} in the file, ${actual.error} now`,
    );
}

function areNear({ decoded = [], tolerance = 0 }: ArtefactValue, actual: ArtefactValue): boolean {
  const allowed = tolerance * Math.max(...decoded.map(Math.abs));
  return decoded.every((value, i) => Math.abs(value - actual.decoded![i]) <= allowed);
}

/** Returns one sentence for each field that differs, with its path. */
function compareFields(
  path: string,
  expected: Json | undefined,
  actual: Json | undefined,
  exactly: boolean,
): string[] {
  if (isObject(expected) && isObject(actual)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].sort().flatMap((key) => {
      const name = path.includes(': ') ? `${path}.${key}` : `${path}: ${key}`;
      return compareFields(name, expected[key], actual[key], exactly);
    });
  }
  if (expected === actual || (!exactly && areNearNumbers(expected, actual))) return [];
  return [`${path}: ${shown(expected)} in the file, ${shown(actual)} now`];
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null;
}

function areNearNumbers(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return false;
  return Math.abs(a - b) <= RECORD_ABSOLUTE || relative(a, b) <= RECORD_RELATIVE;
}

function relative(a: number, b: number): number {
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), Number.MIN_VALUE);
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function missing(expected: Golden, actual: Golden): string[] {
  const absent = (kind: string, from: object, given: object) =>
    Object.keys(from)
      .filter((key) => !(key in given))
      .map((key) => `${kind}${key}: in the file, but no longer computed`);
  return [
    ...absent('', expected.codecs, actual.codecs),
    ...Object.entries(actual.codecs).flatMap(([codec, models]) =>
      absent(`${codec} on `, expected.codecs[codec] ?? {}, models),
    ),
    ...absent('record of ', expected.records, actual.records),
  ];
}
