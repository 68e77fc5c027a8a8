import { describe, expect, it } from 'vitest';
import { agreementOf, agreesWithLlamaCpp, passes, type CheckResult } from './agreement';
import { tokenTimes } from './llamaCpp';
import { independentRuntime } from './records';
import { logProbability } from './reference';
import { ggufCheckText } from './report';

const result: CheckResult = {
  file: {
    architecture: 'llama',
    type: 'Q8_0',
    tensors: { Q8_0: 3, F32: 2, F16: 1 },
    kept: [{ name: 'blk.0.ffn_down.weight', columns: 172 }],
    bytes: 1234,
    sha256: 'ab',
  },
  llamaCpp: 'b1-abc',
  prompt: 'Once',
  tokenizer: [{ text: 'Once', here: 2, llamaCpp: 2, sameIds: true, byIds: true }],
  agreement: { tokens: 3, maxDifference: 0.0005 },
  tolerance: 0.001,
  ...{ msPerToken: 1.5, promptMsPerToken: 0.5, peakResidentBytes: 1_234_567 },
};

describe('agreement', () => {
  it('is the largest difference of the same tokens', () => {
    const ours = { ids: [4, 5], logprobs: [-1, -2] };
    expect(agreementOf(ours, { ids: [4, 5], logprobs: [-1.25, -1.9] })).toEqual({
      tokens: 2,
      maxDifference: 0.25,
    });
    expect(agreementOf(ours, { ids: [4, 6], logprobs: [-1, -2] }).maxDifference).toBeNull();
    expect(agreementOf(ours, { ids: [4], logprobs: [-1] }).maxDifference).toBeNull();
    expect(agreementOf(ours, { ids: [4, 5], logprobs: [NaN, -2] }).maxDifference).toBeNull();
  });

  it('depends on tolerance, tokens and texts', () => {
    expect(agreesWithLlamaCpp(result)).toBe(true);
    expect(agreesWithLlamaCpp({ ...result, tolerance: 0.0001 })).toBe(false);
    expect(agreesWithLlamaCpp({ ...result, tolerance: null })).toBe(true);
    expect(agreesWithLlamaCpp({ ...result, agreement: { tokens: 3, maxDifference: null } })).toBe(false);
    const split = (llamaCpp: number, sameIds: boolean) => [
      { text: 'a', here: 2, llamaCpp, sameIds, byIds: true },
    ];
    expect(agreesWithLlamaCpp({ ...result, tokenizer: split(3, true) })).toBe(false);
    expect(agreesWithLlamaCpp({ ...result, tokenizer: split(2, false) })).toBe(false);
  });

  it('includes the agreement with the source model', () => {
    const model = { id: 'm', relativeL2: 0.1, agreement: { tokens: 3, maxDifference: 0.9 } };
    expect(passes({ ...result, model })).toBe(false);
    expect(passes({ ...result, model, tolerance: null })).toBe(true);
  });

  it('is stored in records only where a tolerance is known', () => {
    expect(independentRuntime(result)).toEqual({ name: 'llama.cpp b1-abc', value: 0.0005, agrees: true });
    expect(independentRuntime({ ...result, tolerance: 0.0001 })?.agrees).toBe(false);
    expect(independentRuntime({ ...result, tolerance: null })).toBeUndefined();
  });
});

it('the log-probability is that of the softmax, also for large logits', () => {
  // 1 ÷ (1 + 2 + 5) and so on: logits are the logarithms of the weights, moved by a constant.
  const logits = Float32Array.from([1, 2, 5], (w) => Math.log(w) + 60);
  // float32 logits near 60 are 4e-6 apart.
  expect(logProbability(logits, 0)).toBeCloseTo(Math.log(1 / 8), 5);
  expect(logProbability(logits, 2)).toBeCloseTo(Math.log(5 / 8), 5);
});

describe('the text of a check', () => {
  it('names the tensors kept, the difference and the outcome', () => {
    const lines = ggufCheckText('/x.gguf', result, 2);
    expect(lines).toContain('1,234 bytes, llama, Q8_0; tensors: 3 Q8_0, 2 F32, 1 F16');
    expect(lines).toContain(
      '1 tensor kept as F16: row length is not a multiple of the block size in blk.0.ffn_down.weight (rows of 172)',
    );
    expect(lines).toContain(
      '3 greedy tokens, largest log-probability difference 5.00e-4 nats (tolerance 1e-3)',
    );
    expect(lines).toMatch(/records updated: 2\nPASS\n$/);
  });

  it('names the texts that are tokenised differently', () => {
    const tokenizer = [
      { text: 'a\nb', here: 2, llamaCpp: 3, sameIds: true, byIds: false },
      { text: 'c', here: 2, llamaCpp: 2, sameIds: false, byIds: true },
    ];
    expect(ggufCheckText('/x.gguf', { ...result, tokenizer })).toMatch(
      /"a\\nb" into 3 tokens instead of 2, "c" into other tokens than the model[^]*FAIL\n$/,
    );
  });

  it('says when llama.cpp reported no time', () => {
    expect(ggufCheckText('/x.gguf', result)).toContain(
      '\n1.50 ms per token in llama.cpp (WebAssembly, one thread), 0.500 ms per token of the prompt\n' +
        'peak resident memory of llama.cpp with its browser process 1,234,567 bytes\n',
    );
    expect(ggufCheckText('/x.gguf', result)).toMatch(
      /1 texts into as many tokens; the ids of 1 were compared/,
    );
    const silent = [undefined, {}, { predicted_per_token_ms: null }, { predicted_per_token_ms: NaN }];
    for (const each of silent) expect(tokenTimes(each)).toEqual({ prompt: null, generated: null });
    expect(tokenTimes({ predicted_per_token_ms: 1.5, prompt_per_token_ms: 0.5 })).toEqual({
      ...{ prompt: 0.5, generated: 1.5 },
    });
    const unknown = { msPerToken: null, promptMsPerToken: null, peakResidentBytes: null };
    const lines = ggufCheckText('/x.gguf', { ...result, ...unknown });
    expect(lines).toContain('\nms per token in llama.cpp: unknown, no time was reported\n');
    expect(lines).not.toMatch(/NaN|null/);
  });

  it('says when no tolerance is known', () => {
    expect(ggufCheckText('/x.gguf', { ...result, tolerance: null })).toContain('not judged');
  });
});
