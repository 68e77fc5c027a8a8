import type { RowLayout } from './layout';

/** The kinds of files that are compared. */
export const DATA_KINDS = ['jsonl', 'csv', 'parquet'] as const;
export type DataKind = (typeof DATA_KINDS)[number];

/** A row of a file. */
export interface Row {
  /** Its text, without the end of the line. */
  text: string;
  /** The text in UTF-8. */
  bytes: Uint8Array;
  /** What follows the text: the end of the line, and empty lines behind it. */
  end: string;
  /** Number of its first line in the file, from 1; in Parquet the number of the row. */
  line: number;
  /** Where `text` finds the row again. */
  at: number;
}

/** A data set as rows of text, opened for reading any number of times. */
export interface RowFile {
  kind: DataKind;
  /** Path or name in errors. */
  name: string;
  /** Size of the file in bytes. */
  size: number;
  /** What `at` of a row reaches at the end of the file. */
  extent: number;
  /** Computes the SHA-256 of the file's bytes. */
  sha256(signal?: AbortSignal): Promise<string>;
  /** What precedes the first row: byte order mark, empty lines, and the header of CSV. */
  start: string;
  /** How rows are described to someone who rebuilds the file, such as the schema of Parquet. */
  details: Readonly<Record<string, unknown>>;
  /**
   * Reads all rows in order, in groups.
   * @throws LabError bad-file with the number of a broken line; Cancelled
   */
  rows(signal?: AbortSignal): AsyncGenerator<Row[]>;
  /** Reads the text of one row again. @param length its bytes */
  text(at: number, length: number): Promise<string>;
  /** Takes a row apart into its fields; undefined if it has none. */
  layout(text: string): RowLayout | undefined;
  /** Returns the text that is equal for rows with equal values. */
  canonical(text: string): string;
  /** Returns the value of a field as it identifies a row, or undefined if the row lacks it. */
  key(text: string, field: string): string | undefined;
}
