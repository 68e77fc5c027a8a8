import { LabError } from '../../../../base/errors';
import { shown } from '../../../../base/shown';
import { refusal } from '../refusal';
import { checkTime } from './time';
import { parsePattern } from './parse';
import type { Pattern } from './syntax';

/** Maximum length of a pattern, far above any tokenizer. */
const MAX_LENGTH = 20_000;

/**
 * Compiles a pattern of tokenizer.json, which is in Oniguruma's syntax, into one of JavaScript that matches the same.
 * @returns a global pattern
 * @throws LabError unsupported for syntax without an equivalent, and for patterns that can take exponential time
 */
export function compilePattern(source: string): RegExp {
  if (source.length > MAX_LENGTH)
    throw refusal(`it has a pattern of ${source.length} characters; at most ${MAX_LENGTH} are supported`);
  const pattern = parsePattern(source);
  checkTime(pattern, source);
  try {
    return new RegExp(new Emitter().emit(pattern, false), 'gv');
  } catch (error) {
    if (error instanceof LabError) throw error;
    throw refusal(`its pattern ${shown(source)} has no equivalent in JavaScript`, error);
  }
}

class Emitter {
  private groups = 0;

  emit(pattern: Pattern, behind: boolean): string {
    if (pattern.kind === 'set' || pattern.kind === 'place') return pattern.source;
    if (pattern.kind === 'sequence') return pattern.items.map((item) => this.emit(item, behind)).join('');
    if (pattern.kind === 'alternatives')
      return `(?:${pattern.options.map((option) => this.emit(option, behind)).join('|')})`;
    if (pattern.kind === 'look') {
      const sign = `${pattern.behind ? '<' : ''}${pattern.negative ? '!' : '='}`;
      return `(?${sign}${this.emit(pattern.item, behind || pattern.behind)})`;
    }
    if (pattern.kind === 'atomic') return this.atomic(pattern.item, behind);
    const { item, min, max, mode } = pattern;
    if (mode === 'possessive') return this.atomic({ ...pattern, mode: 'greedy' }, behind);
    const count = max === Infinity ? `{${min},}` : `{${min},${max}}`;
    return `(?:${this.emit(item, behind)})${count}${mode === 'lazy' ? '?' : ''}`;
  }

  /** A look-ahead does not give back what it matched, and the group holds it. */
  private atomic(item: Pattern, behind: boolean): string {
    if (behind) throw refusal('its pattern has a possessive quantifier in a look-behind');
    const group = ++this.groups;
    return `(?=(${this.emit(item, behind)}))\\${group}`;
  }
}
