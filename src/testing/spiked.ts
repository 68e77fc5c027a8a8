import { KeyedRandom } from '../base/random';

/** Returns standard normal values with a spike of about 30 in every 97, as in activations of language models. */
export function spiked(n: number, stream: number): Float32Array {
  const random = new KeyedRandom(5, stream);
  return Float32Array.from({ length: n }, (_, i) => random.nextNormal() * (i % 97 === 13 ? 30 : 1));
}
