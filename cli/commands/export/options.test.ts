import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseExport } from './options';

const OUT = ['--out', 'x'];

test('a model with a codec, an artefact, and a model as it is', () => {
  const compressed = parseExport([
    '--model',
    'gpt2-tinystories',
    '--codec',
    'gptq',
    '--format',
    'gptq',
    ...OUT,
  ]);
  expect(compressed).toMatchObject({
    source: { model: 'gpt2-tinystories', compression: { recipe: { spec: { id: 'gptq' }, scope: 'linear' } } },
    format: { id: 'gptq', kind: 'folder' },
    out: join(process.cwd(), 'x'),
  });
  expect(parseExport(['--artefact', 'a', '--format', 'mlx', ...OUT]).source).toEqual({
    artefact: join(process.cwd(), 'a'),
  });
  expect(parseExport(['--model', 'stories260K', '--format', 'onnx', ...OUT]).source).toEqual({
    model: 'stories260K',
  });
});

const MODEL = ['--model', 'stories260K'];

describe('invalid usage', () => {
  test.each<[string, string[], RegExp]>([
    ['no format', [...MODEL, ...OUT], /--format is missing/],
    ['another format', [...MODEL, '--format', 'exl2', ...OUT], /no format "exl2"/],
    ['no output', [...MODEL, '--format', 'onnx'], /--out is missing/],
    ['no source', ['--format', 'onnx', ...OUT], /--model is missing/],
    ['codes of no codec', [...MODEL, '--format', 'awq', ...OUT], /no codec is given/],
    ['a model and an artefact', [...MODEL, '--artefact', 'a', '--format', 'gguf', ...OUT], /both given/],
    [
      'a seed without a codec',
      [...MODEL, '--seed', '1', '--format', 'gguf', ...OUT],
      /--seed is given without/,
    ],
    ['another GGUF type', [...MODEL, '--format', 'gguf', '--type', 'Q3_K', ...OUT], /GGUF type "Q3_K"/],
    ['a GGUF type for ONNX', [...MODEL, '--format', 'onnx', '--type', 'Q8_0', ...OUT], /--type is for GGUF/],
    ['rounding again of nothing', [...MODEL, '--reencode', 'rtn', '--format', 'gguf', ...OUT], /--reencode/],
    ['two codecs', [...MODEL, '--codec', 'rtn;nf4', '--format', 'gguf', ...OUT], /names 2 codecs/],
  ])('%s', (_, args, message) => {
    expect(() => parseExport(args)).toThrow(message);
  });
});
