import { expect, it } from 'vitest';
import { exportGguf } from '../../../../src/models/gguf/export';
import { fileType } from '../../../../src/models/gguf/fileTypes';
import { importGguf } from '../../../../src/models/gguf/import';
import { TINY_GPT2, tinyModel } from '../../../../src/models/gguf/testing/tinyModel';
import { describeFile } from './facts';

/** Only `ffn_down` has rows of 256; the rows of all other matrices and of both embedding tables have 100. */
const NARROW = { ...TINY_GPT2, n_embd: 100, n_inner: 256, n_layer: 1 };

it.each(['F32', 'F16', 'BF16', 'Q8_0', 'TQ1_0', 'TQ2_0'])(
  '%s: check finds the tensors that export kept',
  async (type) => {
    const written = await exportGguf(tinyModel(NARROW), { type: fileType(type), name: 'narrow' });
    const facts = describeFile(await importGguf(written.bytes, 'narrow.gguf'));
    expect(facts.kept).toEqual(written.kept);
    expect(new Map(Object.entries(facts.tensors))).toEqual(written.counts);
    expect([facts.architecture, facts.type]).toEqual(['gpt2', type]);
    const kept = ['attn_qkv', 'attn_output', 'ffn_up'].map((name) => `blk.0.${name}.weight`);
    const names = ['token_embd.weight', ...kept, 'output.weight'];
    expect(facts.kept.map(({ name }) => name)).toEqual(/^F|^BF/.test(type) ? [] : names);
  },
);
