import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseSafetensors, toFloat32 } from '../../../formats/safetensors/read';
import { fixture } from '../../../testing/fixtures';
import { gptqPerplexity, optLogits } from './testing/optReference';

/** Tolerance of float32 against float64 logits. */
const LOGIT_TOLERANCE = 1e-5;

describe('the float64 OPT of the tests against Hugging Face transformers', () => {
  test('the fixture’s logits and mean loss', () => {
    const file = (name: string) => new Uint8Array(readFileSync(fixture(`arch/opt/${name}`)));
    const { tensors } = parseSafetensors(file('model.safetensors'));
    const floats = new Map([...tensors].map(([name, tensor]) => [name, toFloat32(tensor)]));
    const expected = parseSafetensors(file('expected.safetensors')).tensors;
    const stored = expected.get('input_ids')!;
    const [batch, length] = stored.shape;
    const ids = Array.from(new Int32Array(stored.bytes.slice().buffer));
    const logits = toFloat32(expected.get('logits')!);
    const weights = {
      ...{ width: 64, heads: 4, layers: 2 },
      get: (name: string) => floats.get(`model.decoder.${name}`)!,
    };
    let most = 0;
    for (let b = 0; b < batch; b++)
      optLogits(weights, ids.slice(b * length, (b + 1) * length)).forEach((row, t) =>
        row.forEach((value, v) => {
          most = Math.max(most, Math.abs(value - logits[(b * length + t) * row.length + v]));
        }),
      );
    expect(most).toBeLessThan(LOGIT_TOLERANCE);
    expect(Math.max(...logits)).toBeGreaterThan(0.1);
    // Windows of one length: the paper's normalisation is the mean over all predictions.
    const { mean_nll: meanNll } = JSON.parse(new TextDecoder().decode(file('expected.json'))) as {
      mean_nll: number;
    };
    const perplexity = gptqPerplexity(weights, ids, length, batch);
    expect(Math.log(perplexity) - meanNll).toBeCloseTo(0, 6);
  });
});
