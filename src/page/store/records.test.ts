import { describe, expect, it } from 'vitest';
import { record } from '../testing/record';
import { latestPerCodec } from '../../lab/results/cohort';
import { cohortsFor, createRecordsStore, shownCohort, withRecords } from './records';
import type { RecordsState } from './records';

function state(over: Partial<RecordsState>): RecordsState {
  return { ...createRecordsStore().getState(), ...over };
}

describe('records on the page', () => {
  it('shows examples only while the model has no records of its own', () => {
    const example = record({ id: 'e' });
    const before = cohortsFor(state({ examples: [example] }), 'stories260K');
    expect(before).toMatchObject({ example: true, cohorts: [{ entries: [{ origin: 'example' }] }] });
    const own = withRecords(new Map(), [record({})], 'measured');
    const after = cohortsFor(state({ own, examples: [example] }), 'stories260K');
    expect(after).toMatchObject({ example: false, cohorts: [{ entries: [{ origin: 'measured' }] }] });
    expect(cohortsFor(state({ own, examples: [example] }), 'other').cohorts).toEqual([]);
  });

  it('keeps different measurements apart, newest first', () => {
    const a = record({ id: 'a', startedAt: '2026-01-01T00:00:00Z' });
    const b = record({ id: 'b', startedAt: '2026-01-02T00:00:00Z', quality: { windows: 8 } });
    const { cohorts } = cohortsFor(state({ own: withRecords(new Map(), [a, b], 'stored') }), 'stories260K');
    expect(cohorts.map((c) => c.entries.map((e) => e.record.id))).toEqual([['b'], ['a']]);
    expect(shownCohort(cohorts, cohorts[1].key)).toBe(cohorts[1]);
    expect(shownCohort(cohorts, 'gone')).toBe(cohorts[0]);
  });

  it('shows the newest record of a codec, as codec rather than as opponent', () => {
    const at = (id: string, startedAt: string, role: 'codec' | 'opponent') => ({
      record: record({ id, startedAt, role }),
      origin: 'stored' as const,
    });
    const shown = latestPerCodec([at('1', '1', 'codec'), at('2', '2', 'codec'), at('3', '3', 'opponent')]);
    expect(shown.map((e) => e.record.id)).toEqual(['2']);
  });

  it('keeps records of two devices side by side', () => {
    const other = {
      record: record({ id: 'x', environment: { adapter: 'other' } }),
      origin: 'imported' as const,
    };
    expect(latestPerCodec([{ record: record({}), origin: 'stored' }, other])).toHaveLength(2);
  });

  it('shows fine-tuned weights beside the model they started from, and trained ones apart', () => {
    const trained = (kind: 'qat' | 'fine-tune' | 'fresh', sha256: string, from: string) =>
      record({ id: kind, model: { sha256 }, training: { kind, from, steps: 4 } as never });
    const own = [record({}), trained('qat', 'bb', 'aa'), trained('fine-tune', 'cc', 'aa')];
    const { cohorts } = cohortsFor(
      state({ own: withRecords(new Map(), [...own, trained('fresh', 'dd', 'ee')], 'stored') }),
      'stories260K',
    );
    expect(cohorts.map((c) => c.entries.length).sort()).toEqual([1, 3]);
  });

  it('shows trained and untrained weights of one codec, and each training once', () => {
    const at = (id: string, startedAt: string, steps?: number) => ({
      record: record({ id, startedAt, ...(steps && { training: { kind: 'qat', steps } as never }) }),
      origin: 'stored' as const,
    });
    const shown = latestPerCodec([at('1', '1'), at('2', '2', 10), at('3', '3', 20), at('4', '4', 20)]);
    expect(shown.map((e) => e.record.id)).toEqual(['1', '2', '4']);
  });

  it('keeps the origin of own records when their export is imported', () => {
    const own = withRecords(new Map(), [record({})], 'measured');
    expect(withRecords(own, [record({}), record({ id: 'new' })], 'imported').get('sample')?.origin).toBe(
      'measured',
    );
  });
});
