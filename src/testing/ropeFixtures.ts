import { readJson } from './checkpoint';
import { fixture } from './fixtures';

/** A model of fixtures/rope/logits.json, with what transformers computes for it; make.py there says how. */
export interface RopeModel {
  name: string;
  config: Record<string, unknown>;
  /** Some rows of the logits of inputs of several lengths, by position. */
  runs: readonly { length: number; rows: Readonly<Record<string, readonly number[]>> }[];
  /** The tokens that greedy generation adds to the input of length 12. */
  greedy?: readonly number[];
}

/** All models of fixtures/rope. */
export const ROPE_MODELS: readonly RopeModel[] = Object.entries(
  readJson(fixture('rope/logits.json')) as Record<string, Omit<RopeModel, 'name'>>,
).map(([name, model]) => ({ name, ...model }));

/** Returns the token ids of an input of these models. */
export function ropeInput(length: number): number[] {
  return Array.from({ length }, (_, i) => (7 * i + 3) % 23);
}
