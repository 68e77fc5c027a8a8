import { quoted } from '../../base/shown';
import { jsonLayout } from './json';
import type { FieldPatch, Splice } from './patch';

/**
 * One line of a delta, in the order of the derived file's rows. Rows of the base are counted from the one behind the last row used, so
 * that numbers stay short:
 *
 *     =2 500            skips 2 rows and copies 500
 *     ~0 {"set":{…}}    changes fields of the next row
 *     %0 [12,3,"text"]  keeps 12 characters of the next row and its last 3, with other text between
 *     +{"id":7}         is a new row
 *     "a\nb"            is a new row as a JSON string, for rows that contain the end of a line
 *     !"\r\n"           gives the row of the next line this end instead of the usual one
 */
export type Operation =
  | { kind: 'copy'; skip: number; count: number }
  | { kind: 'patch'; skip: number; patch: FieldPatch }
  | { kind: 'splice'; skip: number; splice: Splice }
  | { kind: 'new'; text: string }
  | { kind: 'end'; end: string };

/** Writes an operation as a line, without its line feed. @param isJson whether values of fields are spelled in JSON */
export function formatOperation(operation: Operation, isJson: boolean): string {
  switch (operation.kind) {
    case 'copy':
      return `=${operation.skip} ${operation.count}`;
    case 'patch':
      return `~${operation.skip} ${formatPatch(operation.patch, isJson)}`;
    case 'splice':
      return `%${operation.skip} ${JSON.stringify(operation.splice)}`;
    case 'new':
      return /\n|\r$/.test(operation.text) ? JSON.stringify(operation.text) : `+${operation.text}`;
    case 'end':
      return `!${JSON.stringify(operation.end)}`;
  }
}

/** Reads a line that `formatOperation` wrote. @throws Error saying what is wrong with it */
export function parseOperation(line: string, isJson: boolean): Operation {
  const rest = line.slice(1);
  switch (line[0]) {
    case '=': {
      const [skip, count] = rest.split(' ').map(integer);
      if (!(count > 0)) throw new Error('copies no rows');
      return { kind: 'copy', skip, count };
    }
    case '~': {
      const { skip, value } = skipAndValue(rest);
      return { kind: 'patch', skip, patch: parsePatch(value, isJson) };
    }
    case '%': {
      const { skip, value } = skipAndValue(rest);
      return { kind: 'splice', skip, splice: checkedSplice(JSON.parse(value)) };
    }
    case '+':
      return { kind: 'new', text: rest };
    case '"':
      return { kind: 'new', text: checkedString(JSON.parse(line)) };
    case '!':
      return { kind: 'end', end: checkedEnd(JSON.parse(rest)) };
    default:
      throw new Error(`begins with ${quoted(line.slice(0, 1))}, which no operation does`);
  }
}

function skipAndValue(rest: string): { skip: number; value: string } {
  const space = rest.indexOf(' ');
  return { skip: integer(rest.slice(0, space)), value: rest.slice(space + 1) };
}

function integer(text: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw new Error('has no valid number of rows');
  return value;
}

function formatPatch({ set, splice, drop, add, order }: FieldPatch, isJson: boolean): string {
  const values = (section: Record<string, string>) =>
    `{${Object.entries(section)
      .map(([name, value]) => `${JSON.stringify(name)}:${isJson ? value : JSON.stringify(value)}`)
      .join(',')}}`;
  const sections = [
    set && `"set":${values(set)}`,
    splice && `"splice":${JSON.stringify(splice)}`,
    drop && `"drop":${JSON.stringify(drop)}`,
    add && `"add":${values(add)}`,
    order && `"order":${JSON.stringify(order)}`,
  ];
  return `{${sections.filter((section) => section !== undefined).join(',')}}`;
}

function parsePatch(text: string, isJson: boolean): FieldPatch {
  JSON.parse(text);
  const sections = new Map(members(text).map(({ name, value }) => [name, value]));
  const values = (name: string) => {
    const section = sections.get(name);
    return section === undefined ? undefined : rawValues(section, isJson);
  };
  const list = (name: string) => {
    const section = sections.get(name);
    return section === undefined ? undefined : (JSON.parse(section) as unknown[]).map(checkedString);
  };
  const splice = sections.get('splice');
  return {
    set: values('set'),
    splice: splice === undefined ? undefined : splices(splice),
    drop: list('drop'),
    add: values('add'),
    order: list('order'),
  };
}

function members(text: string) {
  const layout = jsonLayout(text);
  if (!layout) throw new Error('has a field twice, or no fields');
  return layout.fields;
}

function rawValues(text: string, isJson: boolean): Record<string, string> {
  return Object.fromEntries(
    members(text).map(({ name, value }) => [name, isJson ? value : checkedString(JSON.parse(value))]),
  );
}

function splices(text: string): Record<string, Splice> {
  return Object.fromEntries(members(text).map(({ name, value }) => [name, checkedSplice(JSON.parse(value))]));
}

function checkedSplice(value: unknown): Splice {
  const [start, end, middle] = Array.isArray(value) ? (value as unknown[]) : [];
  const isCount = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!isCount(start) || !isCount(end) || typeof middle !== 'string')
    throw new Error('replaces text between two places, but does not say which');
  return [start, end, middle];
}

function checkedString(value: unknown): string {
  if (typeof value !== 'string') throw new Error('has another value where text is expected');
  return value;
}

/** Ends of lines, with empty lines behind them. */
function checkedEnd(value: unknown): string {
  if (typeof value !== 'string' || /[^ \t\r\n\ufeff]/.test(value))
    throw new Error('ends a row with more than white space');
  return value;
}
