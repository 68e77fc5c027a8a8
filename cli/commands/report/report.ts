/** What was published, and where. */
export function publishedText(records: number): string {
  return `${records} records in docs/results.md, README.md and public/examples.\n`;
}
