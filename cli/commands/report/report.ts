/** Returns the line that says how many records were published, and where. */
export function publishedText(records: number, where: string): string {
  return `${records} records in ${where}.\n`;
}
