import { expect, test } from 'vitest';
import { tinyTokenizer } from '../../models/gguf/testing/tinyModel';
import type { Lab } from '../lab';
import { RoutingSession, type RoutingRequest } from './session';

const REQUEST: RoutingRequest = {
  data: 'tinystories',
  context: 8,
  windows: 2,
  fitWindows: 2,
  scope: 'linear',
  rest: 'float16',
  seed: 1,
  calibration: { data: 'tinystories-calibration', windows: 2, draws: 1 },
};

/** Returns the files of a tokenizer of single letters, with ids in their order. */
function lettersTokenizer(letters: string) {
  return tinyTokenizer(40, (json) => ({
    ...{ ...json, added_tokens: [], pre_tokenizer: null, post_processor: null, decoder: null },
    model: {
      ...{ type: 'BPE', merges: [], unk_token: null },
      vocab: Object.fromEntries([...letters].map((letter, id) => [letter, id])),
    },
  }));
}

test('models whose tokenizers give other tokens are refused', async () => {
  const assets: Record<string, ReturnType<typeof lettersTokenizer>> = {
    first: lettersTokenizer('abc ▁'),
    same: lettersTokenizer('abc ▁'),
    other: lettersTokenizer('cba ▁'),
  };
  const lab = {
    openModel: (id: string) =>
      Promise.resolve({ id, assets: assets[id], shape: { task: 'language-model', maxContext: 8 } }),
    openText: (id: string) => Promise.resolve({ id, sha256: id, text: 'abc cab bca' }),
  };
  const session = new RoutingSession(lab as unknown as Lab, REQUEST, { timed: false });
  await session.check(['first', 'same']);
  await expect(session.check(['other'])).rejects.toThrow(/other and first have different tokenizers/);
});
