import { describe, expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import { needsTraining } from './validity';

function record(spec: string, relativeL2?: number) {
  const { codec, error, ...rest } = sampleRecord();
  const found = relativeL2 !== undefined && { error: { ...error!, relativeL2 } };
  return { ...rest, codec: { ...codec, id: spec.split('(')[0], spec }, ...found };
}

describe('needs-training', () => {
  test('is set only above the limit that the codec states', () => {
    expect(needsTraining(record('ternary(rule=optimal,group=128)', 0.43))).toBe(true);
    expect(needsTraining(record('ternary(rule=optimal,group=128)', 0.25))).toBe(false);
    expect(needsTraining(record('ternary(rule=optimal,group=128)', 0.0002))).toBe(false);
    expect(needsTraining(record('rtn(bits=2,group=32)', 0.43))).toBe(false);
  });

  test('a wrapper has the limit of what it wraps', () => {
    expect(needsTraining(record('hadamard(ternary)', 0.43))).toBe(true);
    expect(needsTraining(record('hadamard(rtn(bits=2))', 0.43))).toBe(false);
  });

  test('a record without errors, such as the baseline, has no flag', () => {
    expect(needsTraining(record('float32'))).toBe(false);
  });
});
