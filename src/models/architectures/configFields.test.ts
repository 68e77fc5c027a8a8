import { expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { readJson } from '../../testing/checkpoint';
import { fixture } from '../../testing/fixtures';
import { TINY_CONFIGS } from '../../testing/tinyConfigs';
import { architectureFor } from '../registry';

/** The fields of the config class of each model type in transformers. */
const fields = readJson(fixture('config/fields.json')) as Record<string, string[]>;

/** Fields that change no logit of a model that is evaluated, and why. docs/architectures.md has this table, too. */
const NEUTRAL: Record<string, readonly string[]> = {
  'names and formats': ['architectures', 'transformers_version', 'dtype', 'label2id', 'problem_type'],
  'labels of language models': ['id2label'],
  'what a call returns': ['output_hidden_states', 'return_dict', 'use_cache'],
  'training: dropout': [
    ...[
      'attention_dropout',
      'attn_pdrop',
      'embd_pdrop',
      'resid_pdrop',
      'dropout',
      'layerdrop',
      'embed_dropout',
    ],
    ...['resid_dropout', 'classifier_dropout', 'hidden_dropout', 'hidden_dropout_prob'],
    'attention_probs_dropout_prob',
  ],
  'training: initial values': ['initializer_range', 'init_std'],
  'ids of tokens, which tokenizers and generation use': ['bos_token_id', 'eos_token_id', 'pad_token_id'],
  'order of equal computations': ['chunk_size_feed_forward', 'pretraining_tp', 'reorder_and_upcast_attn'],
  'heads that are not used here': [
    ...['summary_activation', 'summary_first_dropout', 'summary_proj_to_labels', 'summary_type'],
    ...['summary_use_proj', 'pooler_act', 'pooler_output_size', 'encoder_stride'],
  ],
  'without effect in transformers': ['n_ctx', 'is_decoder'],
  'of sliding windows, which use_sliding_window of Qwen3 switches on': [
    'max_window_layers',
    'sliding_window',
  ],
};
/** Neutral fields that some architectures read: the classes of images, and the window of Phi-3. */
const READ_BY_SOME = ['id2label', 'sliding_window'];
const neutral = new Set(Object.values(NEUTRAL).flat());

const cases = TINY_CONFIGS.flatMap((config) =>
  (fields[config.model_type as string] ?? []).map((field) => ({
    type: config.model_type as string,
    field,
    config,
  })),
);

test.each(cases)('$type: $field is read, neutral or refused', ({ field, config }) => {
  const { configure } = architectureFor(config);
  const plain = configure(config);
  for (const value of [{ 0: 'x', 1: {} }, 'nonsense', -3, true]) {
    const result = (() => {
      try {
        return configure({ ...config, [field]: value });
      } catch (error) {
        return error;
      }
    })();
    if (result instanceof LabError) {
      expect(result.message).toContain(field);
      if (!READ_BY_SOME.includes(field)) expect(neutral).not.toContain(field);
      return;
    }
    expect(result).toEqual(plain);
  }
  expect(neutral).toContain(field);
});

test('all fields of the table occur in transformers', () => {
  const known = new Set(Object.values(fields).flat());
  expect([...neutral].filter((field) => !known.has(field))).toEqual([]);
});
