import { joined, type Below } from '../mutations';

/** Files by name. */
export type Folder = ReadonlyMap<string, Uint8Array>;

const LENGTHS_BYTES = 8;

/** Packs a folder into one file: for each of its files, the lengths of name and content, the name, and the content. */
export function packed(folder: Folder): Uint8Array {
  const parts = [...folder].flatMap(([name, bytes]) => {
    const encoded = new TextEncoder().encode(name);
    return [new Uint8Array(Uint32Array.of(encoded.length, bytes.length).buffer), encoded, bytes];
  });
  return joined(...parts);
}

/** Unpacks a folder; undefined if `packed` did not write the bytes, as in a shrunk case. */
export function unpacked(bytes: Uint8Array): Folder | undefined {
  const folder = new Map<string, Uint8Array>();
  for (let at = 0; at < bytes.length;) {
    if (at + LENGTHS_BYTES > bytes.length) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    const begin = at + LENGTHS_BYTES + view.getUint32(0, true);
    const end = begin + view.getUint32(4, true);
    if (end > bytes.length) return undefined;
    folder.set(
      new TextDecoder().decode(bytes.subarray(at + LENGTHS_BYTES, begin)),
      bytes.subarray(begin, end),
    );
    at = end;
  }
  return folder;
}

/** Packs a folder with one of its files broken or, in one of twelve cases, missing. */
export function breakFolder(
  folder: Folder,
  below: Below,
  broken: (name: string, bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const names = [...folder.keys()];
  const chosen = names[below(names.length)];
  const changed = new Map(folder);
  if (below(12) === 0) changed.delete(chosen);
  else changed.set(chosen, broken(chosen, folder.get(chosen)!));
  return packed(changed);
}
