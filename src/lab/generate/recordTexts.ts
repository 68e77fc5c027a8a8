import type { LabRecord } from '../results/record';
import type { SampledText, SamplesRequest } from './samples';

/** Adds a codec's texts to those that its record keeps; an equal request replaces its earlier text. */
export function withTexts(
  record: LabRecord,
  { temperature, topK, maxTokens }: Pick<SamplesRequest, 'temperature' | 'topK' | 'maxTokens'>,
  texts: readonly SampledText[],
  codec: string,
): LabRecord {
  const added = texts
    .filter((text) => text.codec === codec)
    .map(({ prompt, seed, text }) => ({ prompt, seed, temperature, topK, maxTokens, text }));
  const request = (text: (typeof added)[number]) => JSON.stringify({ ...text, text: undefined });
  const kept = (record.texts ?? []).filter((old) => !added.some((text) => request(text) === request(old)));
  return { ...record, texts: [...kept, ...added] };
}
