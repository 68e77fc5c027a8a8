import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseDecompress } from './options';

test('decompress needs a file and a folder', () => {
  expect(parseDecompress(['a.safetensors', '--out', 'b'])).toMatchObject({
    file: join(process.cwd(), 'a.safetensors'),
  });
  expect(() => parseDecompress(['--out', 'b'])).toThrow(/^FILE is missing\.$/);
});
