import { expect, it } from 'vitest';
import { shortNames } from './shortNames';

it.each([
  [
    ['model.layers.0.mlp.up.weight', 'model.layers.1.attn.q.weight', 'model.embed.weight'],
    ['layers.0.mlp.up', 'layers.1.attn.q', 'embed'],
  ],
  [
    ['h.0.attn.weight', 'h.0.attn.bias'],
    ['weight', 'bias'],
  ],
  [['lm_head.weight'], ['lm_head.weight']],
  [
    ['a', 'a.b'],
    ['a', 'a.b'],
  ],
])('%s', (names, short) => expect([...shortNames(names).values()]).toEqual(short));
