import { expect, test } from 'vitest';
import { parseCompress } from './options';

test('compress needs one model, one codec and one file', () => {
  const args = ['--model', 'stories260K', '--codec', 'nf4', '--out', 'a.safetensors'];
  expect(parseCompress(args)).toMatchObject({ recipe: { scope: 'linear', rest: 'float16' }, seed: 1 });
  expect(() => parseCompress([...args, '--codec', 'fp4'])).toThrow(/given 2 times/);
  expect(() => parseCompress(['--codec', 'nf4;fp4', ...args.slice(0, 2)])).toThrow(/missing|2 codecs/);
  expect(() => parseCompress(args.slice(0, 4))).toThrow(/--out is missing/);
  expect(() => parseCompress([...args, '--rest', 'int4'])).toThrow(/--rest cannot be/);
});
