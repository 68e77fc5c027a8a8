import { AlignedBuilder, type AlignedText } from './alignedText';
import type { Fields } from './fields';
import { refusal } from './refusal';

/** A cluster of more bytes is replaced character by character. */
const MAX_CLUSTER_BYTES = 5;
const encoder = new TextEncoder();

/**
 * Returns SentencePiece's normalizer: a table from short texts to their replacements, as a double-array trie followed by the
 * replacements, each ended by a zero byte (`spm_precompiled` of the Rust library).
 */
export function precompiled(fields: Fields): (text: AlignedText) => AlignedText {
  const encoded = fields.any('precompiled_charsmap');
  if (encoded === undefined || encoded === '') return (text) => text;
  const table = typeof encoded === 'string' ? parseTable(encoded) : undefined;
  if (!table) throw refusal('its normalizer Precompiled has a damaged precompiled_charsmap');
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return (source) => {
    const builder = new AlignedBuilder(source);
    for (const { segment, index } of segmenter.segment(source.text))
      replaceCluster(builder, table, segment, index);
    return builder.finish();
  };
}

interface Table {
  trie: Uint32Array;
  replacements: Uint8Array;
}

function parseTable(base64: string): Table | undefined {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
  if (bytes.length < 4) return undefined;
  const view = new DataView(bytes.buffer);
  const size = view.getUint32(0, true);
  if (size % 4 !== 0 || size === 0 || size > bytes.length - 4) return undefined;
  const trie = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  return { trie, replacements: bytes.subarray(4 + size) };
}

function replaceCluster(builder: AlignedBuilder, table: Table, cluster: string, index: number): void {
  const whole = encoder.encode(cluster).length <= MAX_CLUSTER_BYTES ? replacement(table, cluster) : undefined;
  if (whole !== undefined) {
    builder.replace(whole, index, index + cluster.length);
    return;
  }
  let i = index;
  for (const character of cluster) {
    const changed = replacement(table, character);
    const next = i + character.length;
    if (changed === undefined) builder.copy(i, next);
    else builder.replace(changed, i, next);
    i = next;
  }
}

/** Returns the replacement of the shortest prefix of a text that the table has, as the Rust library does. */
function replacement({ trie, replacements }: Table, text: string): string | undefined {
  const from = shortestPrefix(trie, encoder.encode(text));
  if (from === undefined || from >= replacements.length) return undefined;
  const end = replacements.indexOf(0, from);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
    replacements.subarray(from, end < 0 ? replacements.length : end),
  );
}

/** Returns the value of the shortest prefix in a double-array trie (https://github.com/s-yata/darts-clone). */
function shortestPrefix(trie: Uint32Array, key: Uint8Array): number | undefined {
  let position = offsetOf(trie[0]);
  for (const byte of key) {
    if (byte === 0) return undefined;
    position ^= byte;
    if (position < 0 || position >= trie.length) return undefined;
    const unit = trie[position];
    if ((unit & 0x800000ff) >>> 0 !== byte) return undefined;
    position ^= offsetOf(unit);
    if (((unit >>> 8) & 1) === 1) return position < trie.length ? trie[position] & 0x7fffffff : undefined;
  }
  return undefined;
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
}
