/** A row of a data set as text that is taken apart into its fields: open + (label + value) joined by the separator + close. */
export interface RowLayout {
  open: string;
  /** Fields in order; names are unique. Labels are what precedes a value in JSON, and empty in CSV. */
  fields: { name: string; label: string; value: string }[];
  separator: string;
  close: string;
}

/** Returns the text of a row. */
export function layoutText({ open, fields, separator, close }: RowLayout): string {
  return open + fields.map(({ label, value }) => label + value).join(separator) + close;
}
