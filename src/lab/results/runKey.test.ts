import { expect, test } from 'vitest';
import { parseCodec } from '../../codecs/contract/spec';
import { planFromQuery } from '../plan/text';
import { runKey, type KeyContext } from './runKey';

const { plan } = planFromQuery(new URLSearchParams('model=stories260K'));
const context: KeyContext = {
  model: {
    id: 'm',
    sha256: 'w',
    config: { eps: 1e-5 },
    assets: new Map([['tokenizer.json', Uint8Array.of(1)]]),
  },
  plan,
  dataSha256: 'd',
  adapter: 'a',
  runtime: 'r',
};
const nf4 = parseCodec('nf4');
const key = (change: Partial<KeyContext> = {}, codec = nf4) => runKey({ ...context, ...change }, codec);
const model = (change: Partial<KeyContext['model']>) => key({ model: { ...context.model, ...change } });

test('equal runs have equal keys, also with defaults spelled out', async () => {
  expect(await key({}, parseCodec('nf4(block=64)'))).toBe(await key());
});

test('whatever decides the numbers decides the key', async () => {
  const keys = await Promise.all([
    key(),
    key({}, parseCodec('nf4(block=32)')),
    runKey(context, 'baseline'),
    model({ sha256: 'x' }),
    model({ config: { eps: 1e-6 } }),
    model({ assets: new Map([['tokenizer.json', Uint8Array.of(2)]]) }),
    key({ dataSha256: 'x' }),
    key({ adapter: 'x' }),
    key({ runtime: 'x' }),
    ...[
      'context=64',
      'windows=8',
      'protocol=sliding',
      'scope=all',
      'rest=float32',
      'metrics=perplexity',
      'latency=100',
      'seed=2',
    ].map((text) => key({ plan: planFromQuery(new URLSearchParams(`model=stories260K&${text}`)).plan })),
  ]);
  expect(new Set(keys).size).toBe(keys.length);
});

test('the key does not depend on whether the plan has verdicts', async () => {
  expect(await key({ plan: { ...plan, verdict: false } })).toBe(await key());
});
