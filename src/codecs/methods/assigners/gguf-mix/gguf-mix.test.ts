import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FILE_TYPES } from '../../../../models/gguf/fileTypes';
import { ggufLayout, ggufName } from '../../../../models/gguf/layout';
import { architectureFor } from '../../../../models/registry';
import gpt2 from '../../../../../public/models/gpt2-tinystories/config.json';
import type { AssignRequest } from '../../../contract/assigner';
import { completeOptions, formatCodec } from '../../../contract/spec';
import assigner from './codec';
import meta from './meta';

const shape = architectureFor(gpt2).configure(gpt2);
const tensors = shape.tensors.filter(({ role }) => role !== 'norm' && role !== 'bias');
const request = { shape, tensors } as unknown as AssignRequest;

/** Types of the quantised tensors of files that llama.cpp wrote, by model and type of the file (fixtures/README.md). */
const MIXES = JSON.parse(readFileSync('fixtures/gguf/mixes.json', 'utf8')) as Record<
  string,
  Record<string, Record<string, string>>
>;

const named = async (options: Record<string, string>) => {
  const layout = ggufLayout(shape.architecture);
  const choice = await assigner.assign(request, completeOptions(meta, options));
  return new Map(tensors.map((spec) => [ggufName(layout, spec), formatCodec(choice.get(spec.name)!)]));
};

const TYPES = Object.keys(MIXES['gpt2-tinystories']).filter((type) => !type.startsWith('TQ'));

test.each(TYPES)('%s gives every matrix the type of llama.cpp', async (type) => {
  const expected = MIXES['gpt2-tinystories'][type];
  const found = await named({ type });
  for (const [name, block] of Object.entries(expected))
    expect([name, found.get(name)]).toEqual([name, block.toLowerCase().replace('_', '-')]);
});

test('importance weighs the matrices of the blocks, and positions stay float32', async () => {
  const found = await named({ type: 'Q4_K_M', importance: 'calibration' });
  expect(found.get('blk.0.ffn_up.weight')).toBe('q4-k(importance=calibration)');
  expect(found.get('token_embd.weight')).toBe('q6-k');
  expect(found.get('position_embd.weight')).toBe('float32');
});

test('the types are those of files that are written, but floats and ternary ones', () => {
  const types = FILE_TYPES.map(({ name }) => name).filter((name) => !/^B?F|^TQ/.test(name));
  expect([...meta.options[0].values].sort()).toEqual(types.sort());
});
