import { LabError } from '../../../base/errors';
import type { TaskFile } from './task';

/** One line of a JSONL file. */
export interface JsonLine {
  /** "line 12", counted from 1. */
  place: string;
  fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads a file with a JSON object on each line. Empty lines are skipped.
 * @throws LabError bad-file naming the first line that is not a JSON object, and for a file without any
 */
export function readJsonLines(file: TaskFile): JsonLine[] {
  const lines = file.text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((text, i) => ({ text, place: `line ${i + 1}` }))
    .filter(({ text }) => text.trim() !== '');
  if (lines.length === 0) throw badExample(file, undefined, 'it has no lines');
  return lines.map(({ text, place }) => ({ place, fields: objectOf(file, place, text) }));
}

function objectOf(file: TaskFile, place: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badExample(file, place, 'it is not JSON', error);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw badExample(file, place, 'it is not a JSON object');
}

/** Returns a field that must be text with at least one character that is not white space. @throws LabError bad-file */
export function textField(file: TaskFile, { place, fields }: JsonLine, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined) throw badExample(file, place, `it has no "${name}"`);
  if (typeof value !== 'string') throw badExample(file, place, `"${name}" is not text`);
  if (value.trim() === '') throw badExample(file, place, `"${name}" is empty`);
  return value;
}

/** Makes the error of a file of examples. @param place the example; undefined for the file as a whole */
export function badExample(
  { name }: TaskFile,
  place: string | undefined,
  why: string,
  cause?: unknown,
): LabError {
  const where = place === undefined ? name : `${name}, ${place}`;
  const remedy = 'Correct it; docs/tasks.md describes the form of the file.';
  return new LabError('bad-file', `${where}: ${why}.`, remedy, cause);
}
