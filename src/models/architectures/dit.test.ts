import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readJson } from '../../testing/checkpoint';
import { memoryFiles } from '../../testing/fuzz/memoryFiles';
import { DIT } from '../../testing/tinyConfigs';
import { loadModel } from '../load/load';
import { architectureFor } from '../registry';
import { expectTensorsOfCheckpoint } from '../testing/checkpointTensors';

type Config = Record<string, unknown>;

const FOLDER = 'public/models/dit-fashion-mnist';
const WEIGHTS = 'diffusion_pytorch_model.safetensors';

const configure = (config: Config) => architectureFor(config).configure(config);

test('the declared tensors are those of the checkpoint', () => {
  expectTensorsOfCheckpoint(FOLDER, WEIGHTS);
});

test('a pipeline of diffusers has the transformer and the scheduler in folders', async () => {
  const read = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}`));
  const pipeline = memoryFiles(
    new Map([
      ['model_index.json', new Uint8Array()],
      ['transformer/config.json', read('config.json')],
      [`transformer/${WEIGHTS}`, read(WEIGHTS)],
      ['scheduler/scheduler_config.json', read('scheduler_config.json')],
    ]),
  );
  const model = await loadModel(pipeline);
  expect(model.shape).toEqual(configure(readJson(`${FOLDER}/config.json`) as Config));
  expect([...model.assets.keys()]).toEqual(['scheduler_config.json']);
});

test.each<[string, Config]>([
  ['norm_type', { norm_type: 'layer_norm' }],
  ['norm_elementwise_affine', { norm_elementwise_affine: true }],
  ['activation_fn', { activation_fn: 'geglu' }],
  ['cross_attention_dim', { cross_attention_dim: 768 }],
  ['caption_channels', { caption_channels: 4096 }],
  ['interpolation_scale', { interpolation_scale: 2 }],
  ['patch_size', { patch_size: 3 }],
  ['out_channels', { out_channels: 3 }],
  ['attention_head_dim', { attention_head_dim: 512 }],
  ['num_attention_heads', { num_attention_heads: 3, attention_head_dim: 2 }],
  ['num_embeds_ada_norm', { num_embeds_ada_norm: null }],
])('%s is refused by its name if it changes the model', (field, change) => {
  expect(() => configure({ ...DIT, ...change })).toThrow(field);
});

test('settings that change no output are ignored', () => {
  const neutral = {
    ...{ _diffusers_version: '0.30.0', dropout: 0.1, norm_num_groups: 32, upcast_attention: true },
    ...{ cross_attention_dim: null, only_cross_attention: false },
  };
  expect(configure({ ...DIT, ...neutral })).toEqual(configure(DIT));
});

test('a model that also predicts variances has twice the outputs', () => {
  const { program, diffusion } = configure({ ...DIT, out_channels: 2 });
  expect([program.head.outputs, diffusion!.outputChannels]).toEqual([2 * 16, 2]);
});

test('another class of diffusers is refused by its name', () => {
  expect(() => configure({ ...DIT, _class_name: 'SD3Transformer2DModel' })).toThrow(/SD3Transformer2DModel/);
});
