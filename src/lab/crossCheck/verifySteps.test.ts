import { describe, expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import type { LabRecord } from '../results/record';
import { verificationSteps, type VerificationStep } from './verifySteps';

const sample = sampleRecord();
const withVerification = (change: Partial<LabRecord['verification']>) =>
  sampleRecord({ verification: { ...sample.verification, ...change } });

function step(record: LabRecord, id: VerificationStep['id']): VerificationStep {
  return verificationSteps(record).find((s) => s.id === id)!;
}

test('a new record is decoded, compared with the reference, measured and counted, but not yet checked elsewhere', () => {
  const states = verificationSteps(sample).map(({ id, state }) => [id, state]);
  expect(states).toEqual([
    ['decoded', 'done'],
    ['reference', 'done'],
    ['loaded', 'not-done'],
    ['inference', 'not-done'],
    ['quality', 'done'],
    ['sizes', 'done'],
  ]);
  expect(step(sample, 'quality').text).toBe('Perplexity 14.532 ± 0.041 over 4,064 tokens of tinystories.');
  expect(step(sample, 'sizes').text).toContain('160,000 bytes, 4.92 bits per weight');
});

describe('a failed step says what differs', () => {
  test.each<[VerificationStep['id'], LabRecord, RegExp]>([
    ['decoded', withVerification({ fromArtefact: false }), /did not come from the file/],
    ['reference', withVerification({ gpuMatchesReference: false }), /other values than the reference/],
    [
      'loaded',
      withVerification({ loadedElsewhere: { name: 'R', agrees: false, difference: 'it finds no w' } }),
      /^R does not find what was written: it finds no w\.$/,
    ],
    [
      'inference',
      withVerification({ inferenceAgrees: { name: 'O', value: 0.25, agrees: false } }),
      /^O does not agree: its .* by up to 0\.250 nats \(allowed 0\.001\)\.$/,
    ],
    [
      'inference',
      withVerification({ inferenceAgrees: { name: 'O', value: null, agrees: false } }),
      /not a number/,
    ],
    [
      'sizes',
      sampleRecord({ size: { ...sample.size, totalBytes: 165001 } }),
      /165,000 bytes are not the 165,001/,
    ],
  ])('%s', (id, record, text) => {
    const found = step(record, id);
    expect(found.state).toBe('failed');
    expect(found.text).toMatch(text);
  });
});

test('two runtimes: one that differs is enough to fail', () => {
  const agreeing = { name: 'llama.cpp b1', value: 1e-5, agrees: true };
  const differing = { name: 'O', value: 0.5, agrees: false };
  const both = withVerification({ independentRuntime: agreeing, inferenceAgrees: differing });
  expect(step(both, 'inference').state).toBe('failed');
  expect(step(withVerification({ independentRuntime: agreeing }), 'inference')).toMatchObject({
    state: 'done',
    text: 'llama.cpp b1 agrees: its log-probabilities differ from ours by up to 1.0e−5 nats.',
  });
});

test('a record of the CPU is compared with the runtime that measured it', () => {
  const environment = {
    ...sample.environment,
    compute: 'cpu' as const,
    cpuRuntime: 'onnxruntime-node 1 (CPU)',
  };
  const inferenceAgrees = { name: 'Bitcurve on a GPU', value: 1e-5, agrees: true };
  const record = { ...withVerification({ inferenceAgrees }), environment };
  expect(step(record, 'inference').text).toBe(
    'Bitcurve on a GPU agrees: its log-probabilities differ from those of onnxruntime-node 1 (CPU) by up to 1.0e−5 nats.',
  );
});

test('a file without coded tensors, a baseline and a partial run leave steps open, with the reason', () => {
  expect(step(withVerification({ gpuMatchesReference: null }), 'reference').state).toBe('not-done');
  const baseline = sampleRecord({ role: 'baseline' });
  expect(['decoded', 'reference'].map((id) => step(baseline, id as 'decoded').state)).toEqual([
    'not-done',
    'not-done',
  ]);
  expect(step(sampleRecord({ status: 'partial' }), 'quality').state).toBe('not-done');
});
