import { expect, test } from 'vitest';
import { architectureFor } from '../../models/registry';
import { allSteps, stepValues, valueWidths } from '../../models/program';
import { shareBuffers } from './activations';

const LLAMA = {
  ...{ model_type: 'llama', vocab_size: 50, hidden_size: 24, intermediate_size: 40 },
  ...{ num_hidden_layers: 3, num_attention_heads: 4 },
};
const { program } = architectureFor(LLAMA).configure(LLAMA);

/** Simulates the program with each value's name in the buffer of its group; returns the first value that was overwritten. */
function firstClash(groups: string[][]): string | undefined {
  const bufferOf = new Map(groups.flatMap((group, i) => group.map((name) => [name, i] as const)));
  const holder = new Map<number, string>();
  for (const step of allSteps(program)) {
    const { reads, writes } = stepValues(step);
    for (const { name } of reads) if (holder.get(bufferOf.get(name)!) !== name) return name;
    const readBuffers = new Set(reads.map((v) => bufferOf.get(v.name)));
    const inPlace = new Set(reads.map((v) => v.name));
    for (const { name } of writes) {
      // A kernel may not write into a buffer from which it reads another value.
      if (!inPlace.has(name) && readBuffers.has(bufferOf.get(name))) return name;
      holder.set(bufferOf.get(name)!, name);
    }
  }
  return holder.get(bufferOf.get(program.hidden.name)!) === program.hidden.name ? undefined : 'hidden';
}

test('values that share a buffer never overwrite one another while they are needed', () => {
  expect(firstClash(shareBuffers(program))).toBeUndefined();
});

test('the check above detects a clash', () => {
  expect(firstClash([[...valueWidths(program).keys()]])).toBeDefined();
});

test('there are fewer buffers than values', () => {
  expect(shareBuffers(program).length).toBeLessThan(valueWidths(program).size);
});
