import { expect, test } from 'vitest';
import { hostProcessor } from '../../artefact/hostProcessor';
import { predictSize } from '../../artefact/layout';
import type { Processor } from '../../artefact/processor';
import { isInScope } from '../../artefact/recipe';
import { ErrorSums } from '../../base/errorSums';
import { resolveCodec } from '../../codecs/contract/registry';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';
import { goldenModel } from '../../testing/golden/lab';
import type { Plan } from '../plan/plan';
import { OpponentSearch } from './opponent';

const model = goldenModel('gpt2');
const PLAN = { scope: 'linear', rest: 'float16', seed: 1 } as Plan;
const coded = model.shape.tensors.filter((tensor) => isInScope(tensor, PLAN.scope));

/** All recipes that an opponent is chosen from. */
const RECIPES = ['symmetric', 'asymmetric'].flatMap((scheme) =>
  ['16', '32', '64', '128', '256', 'row'].flatMap((group) =>
    [8, 7, 6, 5, 4, 3, 2].map((bits) =>
      formatCodec(parseCodec(`rtn(bits=${bits},group=${group},scheme=${scheme},clip=true)`)),
    ),
  ),
);

async function bytesOf(spelling: string): Promise<number> {
  const { scope, rest } = PLAN;
  const { totalBytes, assetBytes } = await predictSize(model, { scope, rest, spec: parseCodec(spelling) });
  return totalBytes - assetBytes;
}

/** ‖W − Ŵ‖ ÷ ‖W‖ of all coded tensors, by encoding and decoding each. */
async function relativeError(spelling: string): Promise<number> {
  const { id, options } = parseCodec(spelling);
  const { reference } = await resolveCodec({ id, options });
  const sums = new ErrorSums();
  for (const tensor of coded) {
    const values = await model.tensor(tensor);
    const parts = reference.encode(values, tensor.matrix, options);
    sums.add(values, reference.decode(parts, tensor.matrix, options));
  }
  return sums.relativeL2;
}

const all = await Promise.all(
  RECIPES.map(async (spelling) => ({
    spelling,
    bytes: await bytesOf(spelling),
    error: await relativeError(spelling),
  })),
);

/** Counts the tensors that are measured. */
function counting(): { processor: Processor; count: () => number } {
  const processor = hostProcessor();
  let count = 0;
  const squaredError: Processor['squaredError'] = (...args) => {
    count++;
    return processor.squaredError(...args);
  };
  return { processor: { ...processor, squaredError }, count: () => count };
}

test('of all recipes that are small enough it finds the one with the smallest error, and measures each tensor once', async () => {
  const { processor, count } = counting();
  const search = new OpponentSearch(processor, model, PLAN);
  const budgets = [...new Set(all.map(({ bytes }) => bytes))].sort((a, b) => b - a);
  for (const budget of budgets) {
    const fitting = all.filter(({ bytes }) => bytes <= budget);
    const least = Math.min(...fitting.map(({ error }) => error));
    const found = formatCodec((await search.find('', budget))!);
    // Float64 sums over tensors in another order.
    expect(all.find(({ spelling }) => spelling === found)!.error / least).toBeCloseTo(1, 12);
  }
  expect(count()).toBeLessThanOrEqual(RECIPES.length * coded.length);
  const before = count();
  await search.find('', budgets[0]);
  expect(count()).toBe(before);
});

test('recipes that are worse on the first tensors are dropped', async () => {
  const { processor, count } = counting();
  const search = new OpponentSearch(processor, model, PLAN);
  await search.find('', Infinity);
  expect(count()).toBeLessThan(12 * coded.length * 0.75);
});

test('nothing fits a budget below two bits', async () => {
  const search = new OpponentSearch(hostProcessor(), model, PLAN);
  expect(await search.find('', 1)).toBeUndefined();
});

test('of equal recipes the codec’s own spelling is preferred', async () => {
  const search = new OpponentSearch(hostProcessor(), model, PLAN);
  // Rows have 24 or 96 columns, so that groups of 128 and 256 are whole rows too.
  const budget = await bytesOf('rtn(bits=8,group=row,clip=true)');
  for (const group of ['128', 'row']) {
    const codec = `rtn(bits=8,group=${group},clip=true)`;
    expect(formatCodec((await search.find(codec, budget))!)).toBe(codec);
  }
});
