import { expect, test } from 'vitest';
import { jsonFile } from './export';

const written = (value: unknown) => new TextDecoder().decode(jsonFile(value));

test('fields that transformers wants as floats keep their decimal point', () => {
  const text = written({ initializer_range: 1, hidden_size: 64, nested: { llm_int8_threshold: 6 } });
  expect(text).toBe(
    `{
  "initializer_range": 1.0,
  "hidden_size": 64,
  "nested": {
    "llm_int8_threshold": 6.0
  }
}
`,
  );
  expect(written({ rms_norm_eps: 1e-6 })).toContain('"rms_norm_eps": 0.000001');
});

test('NaN and infinity are written as Python writes and reads them, and strings stay strings', () => {
  const text = written({ a: NaN, b: [Infinity, -Infinity], c: '1.0', d: 'NaN', e: null });
  expect(text.replace(/\s+/g, '')).toBe('{"a":NaN,"b":[Infinity,-Infinity],"c":"1.0","d":"NaN","e":null}');
});
