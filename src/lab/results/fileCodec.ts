/** The id that a record of a file of others has in place of a codec's. */
export const FILE_CODEC = 'file';

/** Returns the spelling of a measured file in records: its name, without the path. */
export function fileSpelling(name: string): string {
  return `${FILE_CODEC}(${name})`;
}

/** Whether a record is of a file of others, which cannot be made again from the model. */
export function isOfFile({ codec }: { codec: { id: string } }): boolean {
  return codec.id === FILE_CODEC;
}
