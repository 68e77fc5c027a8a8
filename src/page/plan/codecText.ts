import type { OptionSpec, OptionValue } from '../../codecs/contract/meta';
import { codecMeta } from '../../codecs/contract/registry';
import { completeOptions, formatCodec, parseCodec } from '../../codecs/contract/spec';
import { codecDraft, problemOf, type CodecDraft, type Problem } from './draft';

/** Reads a codec for the editor, or returns what is wrong with its spelling. */
export function draftOfCodec(text: string): { draft: CodecDraft } | { problem: Problem } {
  let draft: CodecDraft | undefined;
  const problem = problemOf(() => (draft = codecDraft(parseCodec(text), 1)));
  return problem ? { problem } : { draft: draft! };
}

/** The values that a number of bits can be chosen from. */
export interface BitsRange {
  value: number;
  choices: readonly number[];
}

/** Returns the bits of a codec, or of the codec that it wraps; undefined if neither has whole numbers of bits. */
export function bitsOf({ id, options, inner }: CodecDraft): BitsRange | undefined {
  const option = optionNamed(id, 'bits');
  if (option?.kind !== 'integer') return inner && bitsOf(inner);
  const { min, max, values } = option;
  const choices = values ?? Array.from({ length: max - min + 1 }, (_, i) => min + i);
  return { value: Number(options.bits), choices };
}

/** Returns a codec with another value of an option, wherever it and what it wraps have that option and allow the value. */
export function withOption(draft: CodecDraft, key: string, value: OptionValue): CodecDraft {
  const { id, options, inner } = draft;
  const changed = { ...options, [key]: value };
  const allows = optionNamed(id, key) && !problemOf(() => completeOptions(codecMeta(id), changed));
  return {
    ...draft,
    ...(allows && { options: changed }),
    ...(inner && { inner: withOption(inner, key, value) }),
  };
}

/**
 * Returns the spelling of the other codec of a pair whose options are linked, after one was changed: it gets the options that changed, as
 * far as it has them.
 */
export function linkedCodec(before: string, after: string, other: string): string {
  const [old, changed, linked] = [before, after, other].map(draftOfCodec);
  if (!('draft' in old && 'draft' in changed && 'draft' in linked)) return other;
  const next = changedOptions(old.draft, changed.draft).reduce(
    (draft, [key, value]) => withOption(draft, key, value),
    linked.draft,
  );
  return formatCodec(next);
}

/** Lists the options that differ between two codecs of one kind. Another codec changes none. */
function changedOptions(before: CodecDraft, after: CodecDraft): [string, OptionValue][] {
  if (before.id !== after.id) return [];
  const own = Object.entries(after.options).filter(([key, value]) => before.options[key] !== value);
  return before.inner && after.inner ? [...own, ...changedOptions(before.inner, after.inner)] : own;
}

function optionNamed(id: string, key: string): OptionSpec | undefined {
  return codecMeta(id).options.find((option) => option.key === key);
}
