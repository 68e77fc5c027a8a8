import { describe, expect, test } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { exportModel } from '../../models/load/export';
import { loadModel } from '../../models/load/load';
import { fixture, LANGUAGE_FIXTURES } from '../../testing/fixtures';
import { hubReader } from './hubReader';
import { crossCheckFile } from './file';
import type { OtherReader } from './reader';

const reader = await hubReader();
const model = await loadModel(folderFiles('public/models/stories260K'));
const written = (await exportModel(model)).get('model.safetensors')!;

const find = async (file: Uint8Array, by: OtherReader = reader) =>
  (await crossCheckFile(by, file, model)).outcome;

/** The file with its header rewritten, padded to the same length. */
function withHeader(change: (header: string) => string): Uint8Array {
  const file = written.slice();
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = change(new TextDecoder().decode(file.subarray(8, 8 + length)));
  file.set(new TextEncoder().encode(header.padEnd(length)), 8);
  return file;
}

describe('a checkpoint of ours, read by @huggingface/hub', () => {
  test('is read as it was written', async () =>
    expect(await find(written)).toEqual({ name: '@huggingface/hub', agrees: true }));

  test('an altered weight is found, and named', async () => {
    const file = written.slice();
    file[file.length - 1] ^= 0x40;
    const { agrees, difference } = await find(file);
    expect(agrees).toBe(false);
    expect(difference).toMatch(/^value \d+ of \S+ is .* there, not /);
  });

  test.each([
    ['a type', (h: string) => h.replace('"F32"', '"I32"'), /^it takes \S+ for I32 \[/],
    ['a shape', (h: string) => h.replace(/"shape":\[64\]/, '"shape":[32]'), /for F32 \[32\], not F32 \[64\]/],
    ['a name', (h: string) => h.replace('model.norm', 'model.Norm'), /^it finds no model\.norm\.weight/],
    ['what JSON is', (h: string) => h.replace('{', '('), /^it refuses the file: .*JSON/],
  ])('another header is found: %s', async (_, change, difference) => {
    const outcome = await find(withHeader(change));
    expect(outcome.agrees).toBe(false);
    expect(outcome.difference).toMatch(difference);
  });

  test('bytes after the last tensor are found', async () => {
    const longer = new Uint8Array(written.length + 4);
    longer.set(written);
    expect((await find(longer)).difference).toMatch(/^its tensors end at byte \d+ of \d+/);
  });

  test('a reader that finds ranges elsewhere disagrees', async () => {
    const off: OtherReader = {
      name: 'off by four',
      read: async (file) => {
        const tensors = [...(await reader.read(file))];
        return new Map(
          tensors.map(([name, t], i) => [name, i === 3 ? { ...t, begin: t.begin + 4, end: t.end + 4 } : t]),
        );
      },
    };
    expect((await find(written, off)).difference).toMatch(/gap or an overlap/);
  });

  test('a surplus tensor is found', async () => {
    const more: OtherReader = {
      name: 'one more',
      read: async (file) =>
        new Map([...(await reader.read(file)), ['x', { dtype: 'F32', shape: [], begin: 0, end: 0 }]]),
    };
    expect((await find(written, more)).difference).toMatch(/^it finds \d+ tensors, not \d+/);
  });
});

describe('every architecture, in its own orientation', () => {
  test.each([...LANGUAGE_FIXTURES, 'vit'])('%s', async (name) => {
    const given = await loadModel(folderFiles(fixture(`arch/${name}`)));
    const file = (await exportModel(given)).get('model.safetensors')!;
    const { outcome } = await crossCheckFile(reader, file, given);
    expect(outcome).toEqual({ name: '@huggingface/hub', agrees: true });
  });
});
