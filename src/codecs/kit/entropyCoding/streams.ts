import { PRECISION } from './rans';

/**
 * Symbols one stream codes. Streams decode in parallel, but each costs its last state (4 bytes) and its length (about 2):
 * 0.003 bits per symbol at this length, and a matrix of a tiny model is one stream.
 */
const STREAM_SYMBOLS = 16384;

/** Consecutive symbols coded by one state. */
export interface StreamSpan {
  first: number;
  count: number;
}

/** The streams of `symbols` symbols: equally long but the last, each starting at a multiple of 4. */
export function streamSpans(symbols: number): StreamSpan[] {
  const length = streamLength(symbols);
  const found: StreamSpan[] = [];
  for (let first = 0; first < symbols; first += length)
    found.push({ first, count: Math.min(length, symbols - first) });
  return found;
}

/** Symbols of each stream but the last. */
export function streamLength(symbols: number): number {
  const streams = Math.max(1, Math.floor(symbols / STREAM_SYMBOLS));
  return 4 * Math.ceil(symbols / streams / 4);
}

/** Bits the streams cost beside their symbols: half of the last state is information, the first half is always the same. */
export function streamBits(symbols: number): number {
  const streams = Math.max(1, Math.floor(symbols / STREAM_SYMBOLS));
  return 24 + 40 * (streams - 1);
}

/** Most 16-bit words a stream of `symbols` symbols can take: a symbol adds at most 12.1 bits to the state. */
export function mostWords(symbols: number): number {
  return Math.ceil((symbols * (PRECISION + 1)) / 16) + 4;
}
