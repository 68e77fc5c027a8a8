import { describe, expect, test } from 'vitest';
import { type ArtefactMetadata, formatMetadata, parseMetadata } from './metadata';
import { expandSpellings, shortenSpellings } from './spellings';

const MODEL = { id: 'm', source: "folder of O'Neill", revision: 'main', sha256: 'ab'.repeat(32) };

describe('metadata', () => {
  const metadata: ArtefactMetadata = {
    model: MODEL,
    config: { model_type: 'llama', note: `"quoted" and 'quoted', \\ and \n` },
    scope: 'all',
    rest: 'float16',
    codecs: ['rans(grid(step=0.4,damping=0.01))', 'rans(grid(step=0.25,damping=0.01))', 'nf4(block=64)'],
    assigned: 'frontier(target=3)',
    tensors: [0, 2, 1],
  };

  test('is read as it was written', () => {
    expect(parseMetadata(formatMetadata(metadata))).toEqual({ ...metadata, version: 2 });
  });

  test('needs no backslash for its quotes in the header', () => {
    const { bitcurve } = formatMetadata({
      ...metadata,
      model: { ...MODEL, source: 'hub' },
      config: { a: 'b' },
    });
    expect(JSON.stringify(bitcurve)).toBe(`"${bitcurve}"`);
    expect(bitcurve).toContain("'config':{'a':'b'}");
  });

  test('of version 1 is still read', () => {
    const old = {
      version: 1,
      model: MODEL,
      config: { model_type: 'gpt2' },
      scope: 'linear',
      rest: 'bfloat16',
      codecs: ['nf4(block=64)'],
      tensors: { 'h.0.attn.c_attn.weight': 0 },
      transposed: ['h.0.attn.c_attn.weight'],
      assets: ['tokenizer.json'],
    };
    expect(parseMetadata({ format: 'pt', bitcurve: JSON.stringify(old) })).toMatchObject({
      model: MODEL,
      tensors: old.tensors,
      assets: old.assets,
    });
  });

  test.each([
    ['of a later version', { version: 3 }],
    ['with a codec cut out of nothing', { codecs: [[0, 1, 'nf4']] }],
    ['with a codec cut beyond its first', { codecs: ['nf4', [2, 9, '']] }],
    ['with a codec cut backwards', { codecs: ['nf4', [2, 1, '']] }],
    ['with a negative index', { tensors: [-1] }],
  ])('%s is refused', (_, change) => {
    const { bitcurve } = formatMetadata({ ...metadata, config: {}, model: { ...MODEL, source: 'hub' } });
    const stored = JSON.parse(bitcurve.replaceAll("'", '"')) as object;
    const text = JSON.stringify({ ...stored, ...change }).replaceAll('"', "'");
    expect(() => parseMetadata({ bitcurve: text })).toThrow(/artefact/i);
  });
});

test('spellings after the first are stored as their difference from it', () => {
  const spellings = [
    'grid(step=0.4,damping=0.01)',
    'grid(step=0.25,damping=0.01)',
    'nf4',
    'grid(step=0.44,damping=0.01)',
  ];
  const stored = shortenSpellings(spellings);
  expect(stored).toEqual([spellings[0], [12, 13, '25'], 'nf4', [13, 13, '4']]);
  expect(expandSpellings(stored)).toEqual(spellings);
});

test('a small header does not expand into much text', () => {
  expect(expandSpellings(['x'.repeat(1001), [0, 1, '']])).toBeUndefined();
  expect(expandSpellings(['nf4', ...Array.from({ length: 4096 }, () => 'nf4')])).toBeUndefined();
});
