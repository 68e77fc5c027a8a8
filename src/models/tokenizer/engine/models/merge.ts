/** A merge of two neighbours: its rank, and the id of their union. */
export interface Merge {
  rank: number;
  id: number;
}

/** Merges by the ids of both parts. */
export class Merges {
  private readonly table = new Map<number, Merge>();

  set(left: number, right: number, merge: Merge): void {
    this.table.set(left * 0x200000 + right, merge);
  }

  get(left: number, right: number): Merge | undefined {
    return this.table.get(left * 0x200000 + right);
  }
}

interface Candidate extends Merge {
  at: number;
}

/**
 * Merges the symbols of a word as the Rust library does: the pair of the best rank first, of equal ranks the leftmost.
 * @param ids, ends the symbols, and the places at which they end
 */
export function mergeAll(
  merges: Merges,
  ids: readonly number[],
  ends: readonly number[],
): { ids: number[]; ends: number[] } {
  const count = ids.length;
  const symbols = [...ids];
  const places = [...ends];
  const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
  const previous = Int32Array.from({ length: count }, (_, i) => i - 1);
  const merged = new Uint8Array(count);
  const queue = new CandidateQueue();
  const offer = (at: number) => {
    if (at < 0 || next[at] < 0) return;
    const merge = merges.get(symbols[at], symbols[next[at]]);
    if (merge) queue.push({ ...merge, at });
  };
  for (let i = 0; i < count; i++) offer(i);
  for (let best = queue.pop(); best; best = queue.pop()) {
    const { at, id } = best;
    const right = next[at];
    if (merged[at] || right < 0 || merges.get(symbols[at], symbols[right])?.id !== id) continue;
    symbols[at] = id;
    places[at] = places[right];
    merged[right] = 1;
    next[at] = next[right];
    if (next[right] >= 0) previous[next[right]] = at;
    offer(previous[at]);
    offer(at);
  }
  const kept = (_: unknown, i: number) => merged[i] === 0;
  return { ids: symbols.filter(kept), ends: places.filter(kept) };
}

/** A binary heap of candidates, best rank and then leftmost first. */
class CandidateQueue {
  private readonly heap: Candidate[] = [];

  push(candidate: Candidate): void {
    const { heap } = this;
    let i = heap.length;
    heap.push(candidate);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(candidate, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = candidate;
  }

  pop(): Candidate | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || !last) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function before(a: Candidate, b: Candidate): boolean {
  return a.rank !== b.rank ? a.rank < b.rank : a.at < b.at;
}
