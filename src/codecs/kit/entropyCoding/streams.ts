import { FREQUENCY_BITS } from './rans';

/**
 * The number of symbols of one stream. Streams decode in parallel, but each costs its last state (4 bytes) and its length (about 2),
 * which is 0.003 bits per symbol at this length. A matrix of a tiny model is one stream.
 */
const STREAM_SYMBOLS = 16384;

/** Consecutive symbols coded by one state. */
export interface StreamSpan {
  first: number;
  count: number;
}

/** Divides `symbols` symbols into streams, which start at multiples of 4 and are equally long except for the last. */
export function streamSpans(symbols: number): StreamSpan[] {
  const length = streamLength(symbols);
  const found: StreamSpan[] = [];
  for (let first = 0; first < symbols; first += length)
    found.push({ first, count: Math.min(length, symbols - first) });
  return found;
}

/** Computes the number of symbols of each stream except the last. */
export function streamLength(symbols: number): number {
  const streams = Math.max(1, Math.floor(symbols / STREAM_SYMBOLS));
  return 4 * Math.ceil(symbols / streams / 4);
}

/** Estimates the bits of streams besides their symbols. Half of the last state carries information. */
export function streamOverheadBits(symbols: number): number {
  const streams = Math.max(1, Math.floor(symbols / STREAM_SYMBOLS));
  return 24 + 40 * (streams - 1);
}

/** Computes the maximum number of 16-bit words of a stream of `symbols` symbols. A symbol adds at most 12.1 bits to the state. */
export function maxStreamWords(symbols: number): number {
  return Math.ceil((symbols * (FREQUENCY_BITS + 1)) / 16) + 4;
}
