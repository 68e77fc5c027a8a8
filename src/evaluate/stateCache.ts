import type { ScoredBatch } from './batches';

/** Bytes that the baseline's scored states may occupy. States that do not fit are computed again for every codec. */
const DEFAULT_BYTES = 256 << 20;

/** The baseline's scored states of batches, as many as fit a number of bytes. */
export class StateCache<States> {
  private readonly states = new Map<ScoredBatch, States>();
  private bytesLeft: number;

  constructor(bytes = DEFAULT_BYTES) {
    this.bytesLeft = bytes;
  }

  /** Returns a batch's states; undefined if they did not fit. */
  get(batch: ScoredBatch): States | undefined {
    return this.states.get(batch);
  }

  /** Takes the room of a batch's states, which `set` then keeps. @returns false if they are kept already or do not fit */
  reserve(batch: ScoredBatch, bytes: number): boolean {
    if (this.states.has(batch) || bytes > this.bytesLeft) return false;
    this.bytesLeft -= bytes;
    return true;
  }

  set(batch: ScoredBatch, states: States): void {
    this.states.set(batch, states);
  }

  clear(): void {
    this.states.clear();
  }
}
