/** Returns the line that says how many records were published, and where. */
export function publishedText(records: number): string {
  return `${records} records in docs/results.md, README.md and public/examples.\n`;
}
