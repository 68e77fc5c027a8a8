import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import type { CheckResult } from '../cli/commands/gguf/check/agreement';
import { expect, note, test } from './support/test';

const run = promisify(execFile);

/** Maximum log-probability difference between llama.cpp and this project in nats, both with float32 weights. */
const MODELS = [
  { id: 'stories260K', tolerance: 1e-3 },
  // ggml's GELU is a table of float16 values.
  { id: 'gpt2-tinystories', tolerance: 1e-2 },
];
/** Types with blocks, with which llama.cpp rounds activations to 8 bits, so that only a coarse bound holds. */
const QUANTISED = [
  { id: 'stories260K', type: 'Q8_0' },
  { id: 'stories260K', type: 'Q4_0' },
  { id: 'gpt2-tinystories', type: 'TQ1_0' },
  { id: 'gpt2-tinystories', type: 'TQ2_0' },
];
const COARSE = 0.5;

/** Tiny random models of further architectures, which have no tokenizer (fixtures/README.md). */
const TINY = [
  { id: 'qwen3', tolerance: 1e-3 },
  { id: 'phi3', tolerance: 1e-3 },
  // The same GELU.
  { id: 'gpt-neox', tolerance: 1e-2 },
];

/** Runs the command line in a process of its own. */
async function command(...args: string[]): Promise<void> {
  await run(process.execPath, ['scripts/cli.mjs', ...args]);
}

async function exportAndCheck(
  folder: string,
  id: string,
  type: string,
  ...more: string[]
): Promise<CheckResult> {
  const [file, out] = ['gguf', 'json'].map((ending) => `${folder}/${basename(id)}-${type}.${ending}`);
  await command('export', '--format', 'gguf', '--model', id, '--type', type, '--out', file);
  await command('gguf', 'check', file, '--out', out, '--adapter', 'software', ...more);
  return JSON.parse(readFileSync(out, 'utf8')) as CheckResult;
}

/**
 * Returns a byte-level tokenizer of 256 tokens, all of them whole ASCII characters: a random model's continuation would otherwise break
 * off inside a character.
 */
function asciiTokenizer(): unknown {
  const letters = [...'abcdefghijklm'];
  const merges = letters.flatMap((a) => letters.map((b) => [a, b])).slice(0, 160);
  const characters = [...Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)), 'Ġ', 'Ċ'];
  const tokens = [...characters, ...merges.map((parts) => parts.join(''))];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    ...{ version: '1.0', added_tokens: [], normalizer: null, post_processor: null },
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges },
  };
}

function expectSameTokenizer({ tokenizer }: CheckResult): void {
  expect(tokenizer.length).toBeGreaterThan(3);
  for (const { text, here, llamaCpp } of tokenizer) expect([text, llamaCpp]).toEqual([text, here]);
}

for (const { id, tolerance } of MODELS)
  test(`llama.cpp agrees with us on ${id}`, async () => {
    const { outputDir } = test.info();
    const result = await exportAndCheck(outputDir, id, 'F32', '--model', id);
    const { agreement, msPerToken, llamaCpp, model } = result;
    expectSameTokenizer(result);
    expect(agreement.tokens).toBe(32);
    expect(agreement.maxDifference).not.toBeNull();
    expect(agreement.maxDifference!).toBeLessThanOrEqual(tolerance);
    // The file holds exactly the weights of the model, so llama.cpp also agrees with the model.
    expect(model).toMatchObject({ id, relativeL2: 0, agreement: { tokens: 32 } });
    expect(model!.agreement.maxDifference!).toBeLessThanOrEqual(tolerance);
    expect(msPerToken).toBeGreaterThan(0);
    note(`${id} in llama.cpp ${llamaCpp}`, `|Δ log p| ≤ ${agreement.maxDifference!.toExponential(2)}`);
  });

for (const { id, tolerance } of TINY)
  test(`llama.cpp agrees with us on a tiny ${id}`, async () => {
    const folder = `${test.info().outputDir}/${id}`;
    cpSync(`fixtures/arch/${id}`, folder, { recursive: true });
    writeFileSync(`${folder}/tokenizer.json`, JSON.stringify(asciiTokenizer()));
    const result = await exportAndCheck(test.info().outputDir, folder, 'F32', '--model', folder);
    expectSameTokenizer(result);
    const { model, agreement } = result;
    expect(model).toMatchObject({ relativeL2: 0, agreement: { tokens: 32 } });
    expect(agreement.maxDifference).not.toBeNull();
    expect(agreement.maxDifference!).toBeLessThanOrEqual(tolerance);
    note(`${id} in llama.cpp`, `|Δ log p| ≤ ${agreement.maxDifference!.toExponential(2)}`);
  });

for (const { id, type } of QUANTISED)
  test(`llama.cpp reads ${id} as ${type}`, async () => {
    const { outputDir } = test.info();
    const result = await exportAndCheck(outputDir, id, type);
    expectSameTokenizer(result);
    expect(result.tolerance).toBeNull();
    expect(result.agreement.maxDifference).not.toBeNull();
    expect(result.agreement.maxDifference!).toBeLessThanOrEqual(COARSE);
    note(`${id} as ${type}`, `|Δ log p| ≤ ${result.agreement.maxDifference!.toFixed(2)}`);
  });
