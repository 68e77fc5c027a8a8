import { describe, expect, test } from 'vitest';
import { LabError } from '../base/errors';
import { bytesSource } from './byteSource';
import { parseGguf } from './gguf/parse';
import { openSafetensors, parseSafetensors } from './safetensors/read';
import { standInError } from './standIn';
import { openTorch } from './torch/open';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 496992\n';

async function failure(run: () => unknown): Promise<LabError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  return expect.unreachable('it was read');
}

const readers: [string, (bytes: Uint8Array) => unknown][] = [
  ['safetensors in memory', parseSafetensors],
  ['safetensors by range', (bytes) => openSafetensors(bytesSource(bytes))],
  ['PyTorch', (bytes) => openTorch(bytesSource(bytes))],
  ['GGUF', parseGguf],
];

describe.each(readers)('the reader of %s says what the file is', (_, read) => {
  test.each<[string, RegExp, RegExp]>([
    [LFS, /is a Git LFS pointer that stands for a file of 496992 bytes\.$/, /git lfs pull/],
    ['version https://hawser.github.com/spec/v1\noid sha256:ab\n', /is a Git LFS pointer\.$/, /git lfs pull/],
    ['# xet version 0\nfilesize = 77\nhash = "ab"\n', /is a Xet pointer .* 77 bytes/, /git xet pull/],
    [
      '../../.git/annex/objects/Xq/K8/SHA256E-s9--ab/SHA256E-s9--ab',
      /is a git-annex pointer/,
      /git annex get/,
    ],
    [
      '<!DOCTYPE html><html><head><title>Sign in</title>',
      /is a web page that says "Sign in"/,
      /download link/,
    ],
    ['\ufeff\n <HTML>\n<body>', /is a web page\./, /download link/],
    [
      '<?xml version="1.0"?><Error><Message>Access Denied</Message></Error>',
      /XML .*"Access Denied"/,
      /sign in/,
    ],
    [
      '{"error":"Repository not found"}',
      /error document in JSON that says "Repository not found"/,
      /sign in/,
    ],
    ['Entry not found', /is a text that says "Entry not found"/, /download link/],
    ['Invalid username or password.\n', /is a text that says "Invalid username or password\."/, /sign in/],
    ['', /is empty/, /Download/],
    ['\u001f\u008bx', /is compressed with gzip/, /gunzip/],
  ])('%j', async (text, message, remedy) => {
    // The last case is bytes, not UTF-8.
    const bytes = text.startsWith('\u001f') ? Uint8Array.of(0x1f, 0x8b, 8, 0) : bytesOf(text);
    const error = await failure(() => read(bytes));
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(remedy);
  });
});

test('a format of weights under the name of another one is recognised', async () => {
  const gguf = bytesOf('GGUF\u0003\u0000\u0000\u0000');
  expect((await failure(() => parseSafetensors(gguf))).message).toBe('The file is a GGUF file.');
  expect((await failure(() => openTorch(bytesSource(gguf)))).message).toBe('The file is a GGUF file.');
  const zip = Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0, 0);
  expect((await failure(() => parseSafetensors(zip))).remedy).toContain('pytorch_model.bin');
});

test('damaged files keep the errors of their readers', async () => {
  const header = bytesOf('{"a":{}}');
  const damaged = Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0, ...header);
  expect((await failure(() => parseSafetensors(damaged))).message).toContain('"a"');
  expect(standInError(Uint8Array.of(1, 2, 3, 0), 4)).toBeUndefined();
  expect(standInError(bytesOf('{"model_type": "llama"'), 22)).toBeUndefined();
  expect(standInError(bytesOf('0 1 2'.repeat(200)), 1 << 20)).toBeUndefined();
});
