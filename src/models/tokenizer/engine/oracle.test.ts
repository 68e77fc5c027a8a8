import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixture } from '../../../testing/fixtures';
import { objectField, type TokenizerJson } from '../json';
import { randomTokenizer } from '../testing/randomTokenizers';
import { TokenizerEngine, type Encoded } from './engine';

/**
 * Random tokenizers against the Rust library: fixtures/tokenizers/random.json holds its tokens. The file is written, and other
 * seeds are compared, where the package is installed (it is too large for every developer):
 *
 *     npm install --no-save tokenizers@0.23.2
 *     BITCURVE_RUST_TOKENIZERS=node_modules/tokenizers BITCURVE_SEEDS=0:300 npm run test:unit -- src/models/tokenizer/engine/oracle.test.ts
 *
 * With seeds "write" the file is written.
 */
const LIBRARY = process.env.BITCURVE_RUST_TOKENIZERS;
const SEEDS = process.env.BITCURVE_SEEDS ?? '';
const FILE = fixture('tokenizers/random.json');
/** Seeds of the file. The Rust library ends the process for some seeds above, at an index out of bounds. */
const WRITTEN = 300;

interface RustTokens {
  ids: number[];
  /** The byte at which each token of the text ends, if the library gives it (`givesEnds`). */
  ends?: number[];
  decoded: string;
}

/** Tokens of the texts of each seed. */
type RandomFile = RustTokens[][];

function ours(json: TokenizerJson, text: string): RustTokens {
  const engine = new TokenizerEngine(json);
  const encoded: Encoded = { ids: [], ends: [] };
  const words = engine.encode(text, encoded);
  while (!words.next().done);
  const ids = [...engine.around.before, ...encoded.ids, ...engine.around.after];
  const decoded = engine.decode(ids);
  return givesEnds(json) ? { ids, ends: wholeCharacters(text, encoded.ends), decoded } : { ids, decoded };
}

/**
 * Returns whether the Rust library tells where tokens end in the source. It does not for characters that are added, replaced or
 * left out (it takes an added space for a part of the first character), and gives bytes of characters instead of characters.
 */
function givesEnds(json: TokenizerJson): boolean {
  const changes = /"(Prepend|Metaspace)"|"add_prefix_space":true/.test(
    JSON.stringify([json.normalizer, json.pre_tokenizer]),
  );
  const model = objectField(json, 'model');
  return !changes && !json.normalizer && model?.unk_token !== null && model?.byte_fallback !== true;
}

/** Returns the ends of the characters in which tokens end, none before the one of the token before. */
function wholeCharacters(text: string, ends: readonly number[]): number[] {
  const places = byteEnds(text);
  let last = 0;
  return ends.map(
    (end) =>
      (last = Math.max(
        last,
        places.find((place) => place >= end)!,
      )),
  );
}

function byteEnds(text: string): number[] {
  const ends = [0];
  for (const character of text) ends.push(ends.at(-1)! + Buffer.byteLength(character));
  return ends;
}

const seeds = (count: number, first = 0) => Array.from({ length: count }, (_, i) => first + i);

test('random tokenizers have the tokens of the Rust library', () => {
  const file = JSON.parse(readFileSync(FILE, 'utf8')) as RandomFile;
  expect(file.length).toBe(WRITTEN);
  const found = seeds(WRITTEN).map((seed) => {
    const { json, texts } = randomTokenizer(seed);
    // A tokenizer that the lab refuses is not compared.
    return file[seed].length === 0 ? [] : texts.map((text) => ours(json, text));
  });
  expect(found).toEqual(file);
  expect(file.flat().filter(({ ends }) => ends).length).toBeGreaterThan(100);
});

describe.skipIf(!LIBRARY)('the Rust library itself', () => {
  test('gives the same tokens', async () => {
    const [from, to] = SEEDS === 'write' ? [0, WRITTEN] : SEEDS.split(':').map(Number);
    const file: RandomFile = [];
    for (const seed of seeds(to - from, from)) file.push(await rust(seed));
    if (SEEDS === 'write')
      writeFileSync(FILE, `[\n${file.map((texts) => JSON.stringify(texts)).join(',\n')}\n]\n`);
    const found = file.map((texts, i) => {
      const { json, texts: all } = randomTokenizer(from + i);
      return texts.length === 0 ? [] : all.map((text) => ours(json, text));
    });
    expect(found).toEqual(file);
  }, 600_000);
});

interface RustLibrary {
  Tokenizer: {
    fromString(json: string): {
      encode(text: string, pair: null, options: { addSpecialTokens: boolean }): Promise<RustEncoding>;
      decode(ids: number[], skipSpecialTokens: boolean): Promise<string>;
    };
  };
}

interface RustEncoding {
  getIds(): number[];
  getOffsets(): [number, number][];
}

/** Returns the tokens of the Rust library for the texts of a seed; none if the lab refuses the tokenizer. */
async function rust(seed: number): Promise<RustTokens[]> {
  const { json, texts } = randomTokenizer(seed);
  try {
    new TokenizerEngine(json);
  } catch {
    return [];
  }
  const library = createRequire(import.meta.url)(join(resolve(LIBRARY!), 'index.js')) as RustLibrary;
  const tokenizer = library.Tokenizer.fromString(JSON.stringify(json));
  const result: RustTokens[] = [];
  for (const text of texts) {
    const ids = (await tokenizer.encode(text, null, { addSpecialTokens: true })).getIds();
    const places = byteEnds(text);
    let last = 0;
    const bare = await tokenizer.encode(text, null, { addSpecialTokens: false });
    const ends = bare.getOffsets().map(([, end]) => (last = Math.max(last, places[end])));
    const decoded = await tokenizer.decode(ids, true);
    result.push(givesEnds(json) ? { ids, ends, decoded } : { ids, decoded });
  }
  return result;
}
