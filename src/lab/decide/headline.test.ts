import { describe, expect, test } from 'vitest';
import { sampleRecord } from '../../testing/sampleRecord';
import type { LabRecord } from '../results/record';
import { decide } from './decide';
import { headline } from './headline';
import { decisionRequest } from './parameters';

const { size, quality } = sampleRecord();

function point(id: string, bytes: number, loss: number, change: Partial<LabRecord> = {}): LabRecord {
  const spec = `${id}(bytes=${bytes})`;
  return sampleRecord({
    id: spec,
    validity: [],
    codec: { id, options: {}, spec, label: id },
    size: { ...size, totalBytes: bytes, assetBytes: 0, ratioFloat32: 1_000_000 / bytes },
    quality: { ...quality, deltaPercent: loss, deltaPercentCi95: [loss - 0.1, loss + 0.1] },
    ...change,
  });
}

function sentence(records: LabRecord[], limit: string | number = 1): string | undefined {
  const request = decisionRequest({ 'max-increase': limit === 'off' ? 'off' : Number(limit) });
  return headline(decide({ records }, request))
    ?.sentence.map((part) => (typeof part === 'string' ? part : part.codec))
    .join('');
}

const EIGHT = point('rtn', 250_000, 0.1);
const GRID = point('grid', 160_000, 0.5);
const FOUR = point('rtn', 200_000, 2);

describe('the answer above the curve', () => {
  test('names the smallest file within the limit, and what plain rounding needs', () => {
    expect(sentence([EIGHT, GRID, FOUR])).toBe(
      'Within +1 % perplexity with 95 % confidence: 160 kB, 6.3× smaller than float32, by grid(bytes=160000) ' +
        '(rise of the perplexity +0.50 [+0.40, +0.60] %); the smallest plain rounding measured within it takes 250 kB (4.0×).',
    );
    expect(sentence([EIGHT, FOUR])).toContain(
      'by rtn(bytes=250000) (rise of the perplexity +0.10 [0.00, +0.20] %), which is plain rounding; nothing',
    );
    expect(sentence([GRID, FOUR])).toMatch(/; no plain rounding measured does\.$/);
    expect(sentence([GRID])).toMatch(/\+0\.60\] %\)\.$/);
  });

  test('follows the limit', () => {
    expect(sentence([EIGHT, GRID, FOUR], 0.5)).toContain('250 kB, 4.0× smaller than float32, by rtn');
    expect(sentence([EIGHT, FOUR], 3)).toMatch(/^Within \+3 % perplexity with 95 % confidence: 200 kB/);
    expect(sentence([EIGHT, FOUR], 'off')).toMatch(/^Without a limit of the loss: 200 kB/);
  });

  test('says what may hold, what comes nearest, and nothing without codecs', () => {
    const few = { validity: ['few-clusters'] };
    expect(sentence([point('rtn', 250_000, 0.1, few), point('nf4', 210_000, 0.2, few)])).toMatch(
      /^Perhaps within \+1 % perplexity: 210 kB, 4\.8× smaller than float32, by nf4\(bytes=210000\)\. Not certain: /,
    );
    expect(sentence([FOUR, point('nf4', 150_000, 9)])).toBe(
      'Nothing measured stays within +1 % perplexity. rtn(bytes=200000) comes nearest: 200 kB, 5.0× smaller than ' +
        'float32, rise of the perplexity +2.00 [+1.90, +2.10] %, more than 1.',
    );
    expect(sentence([point('float32', 1_000_000, 0, { role: 'baseline' })])).toBeUndefined();
  });

  test('counts points of accuracy for images', () => {
    const images = { ...quality, task: 'image-accuracy' as const, deltaPercent: -0.5 };
    const record = point('nf4', 250_000, 0, { quality: { ...images, deltaPercentCi95: [-0.9, -0.1] } });
    expect(sentence([record])).toMatch(/^Within 1 point of accuracy with 95 % confidence: 250 kB/);
    expect(sentence([record], 0.1)).toContain('comes nearest');
  });
});
