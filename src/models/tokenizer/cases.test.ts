import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fixture } from '../../testing/fixtures';
import { importGguf } from '../gguf/import';
import { writeTokenizer } from '../gguf/tokenizer/tokenizer';
import { assets, total } from '../testing/tokenizer';
import { loadTokenizer } from './tokenizer';

/** Cases with token ids of the Rust library (fixtures/cases). */
const CASES = readdirSync(fixture('cases')).filter((name) => /^tok-|^bpb-/.test(name));
const read = (name: string, file: string) => readFileSync(fixture(`cases/${name}/${file}`), 'utf8');

test('there are eight cases', () => expect(CASES.length).toBe(8));

describe.each(CASES)('%s', (name) => {
  test('has the ids of the Rust library, and its tokens have the bytes of the text', async () => {
    const text = read(name, 'text.txt');
    const tokenizer = await loadTokenizer(assets(fixture(`cases/${name}/model`)));
    const { ids, bytes } = await tokenizer.encodeMeasured(text);
    expect(Array.from(ids)).toEqual(JSON.parse(read(name, 'right-ids.json')));
    expect(total(bytes!)).toBe(Buffer.byteLength(text));
  });
});

test('only the first section of a text gets a space that no byte stands for', async () => {
  const tokenizer = await loadTokenizer(assets(fixture('cases/bpb-sections/model')));
  const tokens = JSON.parse(read('bpb-sections', 'tokens.json')) as string[];
  const { bytes } = await tokenizer.encodeMeasured(read('bpb-sections', 'text.txt'));
  // The tokens by the Rust library: <s> is added, ▁ stands for one byte except in the first word.
  const lengths = tokens.map((token, i) => {
    if (i === 0) return 0;
    if (/^<0x..>$/.test(token)) return 1;
    return Buffer.byteLength(token.replaceAll('▁', ' ')) - (i === 1 ? 1 : 0);
  });
  expect(Array.from(bytes!)).toEqual(lengths);
});

// stories260K without tokenizer.ggml.bos_token_id: llama.cpp takes id 1 for SentencePiece, and puts it first.
test.each(['g-nobosid', 'g-nobosid-noflag'])('%s begins texts with <s>', async (name) => {
  const bytes = new Uint8Array(readFileSync(fixture(`cases/gguf-no-bos/${name}.gguf`)));
  const tokenizer = await loadTokenizer((await importGguf(bytes, name)).assets);
  expect(Array.from(await tokenizer.encode('Once upon'))).toEqual([1, 403, 407]);
});

test('a tokenizer with spaces that llama.cpp puts elsewhere is not exported', () => {
  const files = assets(fixture('cases/export-metaspace/model'));
  expect(() => writeTokenizer(files, {}, 512, 'case')).toThrow(/llama\.cpp also after special tokens/);
});
