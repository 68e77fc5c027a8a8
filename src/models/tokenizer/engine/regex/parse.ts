import { shown } from '../../../../base/shown';
import { refusal } from '../refusal';
import { propertySource } from './properties';
import { SPACE, WORD, WORD_ALONE, type Pattern } from './syntax';

/** Maximum depth of groups and classes, far above any tokenizer. */
const MAX_DEPTH = 40;
const MAX_REPEAT = 100_000;

/**
 * Parses a pattern in the syntax of Oniguruma (https://github.com/kkos/oniguruma/blob/master/doc/RE), which the Rust library
 * uses. Syntax without an equivalent is refused by name.
 * @throws LabError unsupported
 */
export function parsePattern(source: string): Pattern {
  const parser = new Parser(source);
  const pattern = parser.alternatives();
  parser.expectEnd();
  return pattern;
}

const ESCAPES: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 };
const SETS: Record<string, string> = { s: SPACE, w: WORD, d: '\\p{Nd}', h: '0-9A-Fa-f' };
const PLACES: Record<string, string> = {
  A: '(?<![^])',
  z: '(?![^])',
  Z: '(?=\\n?(?![^]))',
  b: `(?:(?<=[${WORD_ALONE}])(?![${WORD_ALONE}])|(?<![${WORD_ALONE}])(?=[${WORD_ALONE}]))`,
  B: `(?:(?<=[${WORD_ALONE}])(?=[${WORD_ALONE}])|(?<![${WORD_ALONE}])(?![${WORD_ALONE}]))`,
};
/** Sequences of letters that are one letter in another case, such as ß for ss. */
const JOINED_BY_CASE = /ss|st|f[fil]/i;

class Parser {
  private readonly characters: readonly string[];
  private at = 0;
  private depth = 0;
  private ignoresCase = false;

  constructor(private readonly source: string) {
    this.characters = [...source];
  }

  alternatives(): Pattern {
    const options = [this.sequence()];
    while (this.take('|')) options.push(this.sequence());
    return options.length === 1 ? options[0] : { kind: 'alternatives', options };
  }

  expectEnd(): void {
    if (this.at < this.characters.length)
      throw this.refused(`has ${shown(this.peek())} without its beginning`);
  }

  private sequence(): Pattern {
    const items: Pattern[] = [];
    let letters = '';
    while (this.at < this.characters.length && this.peek() !== '|' && this.peek() !== ')') {
      const before = this.at;
      items.push(this.repeated(this.atom()));
      letters += this.at === before + 1 ? this.characters[before] : '\n';
    }
    if (this.ignoresCase && JOINED_BY_CASE.test(letters))
      throw this.refused(
        `ignores the case of ${shown(letters.match(JOINED_BY_CASE)![0])}, which can be one letter`,
      );
    return items.length === 1 ? items[0] : { kind: 'sequence', items };
  }

  private repeated(item: Pattern): Pattern {
    const count = this.count();
    if (!count) return item;
    if (item.kind === 'place' || item.kind === 'look') throw this.refused('repeats a condition on the place');
    const [min, max, isInterval] = count;
    const mode = this.take('?') ? 'lazy' : this.take('+') ? 'possessive' : 'greedy';
    if (isInterval && (mode === 'possessive' || (mode === 'lazy' && min === max)))
      throw this.refused('has a quantifier after an interval');
    if (this.count()) throw this.refused('has two quantifiers in a row');
    return { kind: 'repeat', item, min, max, mode };
  }

  /** Reads a quantifier, or returns undefined if there is none. A brace that begins none stands for itself. */
  private count(): [min: number, max: number, isInterval: boolean] | undefined {
    if (this.take('*')) return [0, Infinity, false];
    if (this.take('+')) return [1, Infinity, false];
    if (this.take('?')) return [0, 1, false];
    const rest = this.characters.slice(this.at, this.at + 20).join('');
    const found = /^\{(\d*)(,?)(\d*)\}/.exec(rest);
    if (!found || (found[1] === '' && found[3] === '')) return undefined;
    this.at += found[0].length;
    const min = Number(found[1]);
    const max = found[2] === '' ? min : found[3] === '' ? Infinity : Number(found[3]);
    if (min > max || min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT))
      throw this.refused(`has the interval ${found[0]}`);
    return [min, max, true];
  }

  private atom(): Pattern {
    const character = this.next();
    if (character === '(') return this.group();
    if (character === '[') return { kind: 'set', source: this.classAfterBracket() };
    if (character === '.') return { kind: 'set', source: '[^\\n]' };
    if (character === '^') return { kind: 'place', source: '(?:(?<![^])|(?<=\\n)(?=[^]))' };
    if (character === '$') return { kind: 'place', source: '(?:(?=\\n)|(?![^]))' };
    if (character === '\\') return this.escape();
    if ('*+?'.includes(character)) throw this.refused(`has the quantifier ${character} at the beginning`);
    return { kind: 'set', source: `[${this.literal(character.codePointAt(0)!)}]` };
  }

  private escape(): Pattern {
    const character = this.peek();
    if (character !== undefined && Object.hasOwn(PLACES, character)) {
      this.at++;
      return { kind: 'place', source: PLACES[character] };
    }
    if ((character === 'w' || character === 'W') && !this.ignoresCase) {
      this.at++;
      return { kind: 'set', source: `[${character === 'W' ? '^' : ''}${WORD_ALONE}]` };
    }
    return { kind: 'set', source: `[${this.escapedSet()}]` };
  }

  private group(): Pattern {
    return this.nested(() => {
      const outer = this.ignoresCase;
      const pattern = this.groupContent();
      this.ignoresCase = outer;
      return pattern;
    });
  }

  private groupContent(): Pattern {
    if (!this.take('?')) return this.closed(this.alternatives());
    if (this.take(':')) return this.closed(this.alternatives());
    if (this.take('>')) return { kind: 'atomic', item: this.closed(this.alternatives()) };
    if (this.take('=')) return this.look(false, false);
    if (this.take('!')) return this.look(false, true);
    if (this.take('<')) {
      if (this.take('=')) return this.look(true, false);
      if (this.take('!')) return this.look(true, true);
      throw this.refused('has a named group');
    }
    if (this.take('i')) {
      this.ignoresCase = true;
      if (this.take(':')) return this.closed(this.alternatives());
      // At the beginning "(?i)" holds for the whole pattern.
      if (this.take(')') && this.at === 4) return this.alternatives();
    }
    throw this.refused(`has a group that begins with (?${this.peek() ?? ''}`);
  }

  private look(behind: boolean, negative: boolean): Pattern {
    return { kind: 'look', item: this.closed(this.alternatives()), behind, negative };
  }

  private closed(pattern: Pattern): Pattern {
    if (!this.take(')')) throw this.refused('has a group without its end');
    return pattern;
  }

  /** Reads a class after its bracket. */
  private classAfterBracket(): string {
    return this.nested(() => {
      const negative = this.take('^');
      const operands = [this.classItems(true)];
      while (this.takeAll('&&')) operands.push(this.classItems(false));
      if (!this.take(']')) throw this.refused('has a class without its end');
      if (operands.some((operand) => operand === '')) throw this.refused('has an empty class');
      const inner =
        operands.length === 1 ? operands[0] : operands.map((operand) => `[${operand}]`).join('&&');
      return `[${negative ? '^' : ''}${inner}]`;
    });
  }

  private classItems(isFirst: boolean): string {
    let items = '';
    for (let first = isFirst; this.at < this.characters.length; first = false) {
      if (this.peek() === ']' && !first) break;
      if (this.peek() === '&' && this.characters[this.at + 1] === '&') break;
      items += this.classItem();
    }
    return items;
  }

  private classItem(): string {
    const character = this.next();
    if (character === '[') return this.peek() === ':' ? this.posixClass() : this.classAfterBracket();
    if (character === '\\' && /[swdhSWDHpP]/.test(this.peek() ?? '')) return this.escapedSet();
    const from = character === '\\' ? this.escapedCode() : character.codePointAt(0)!;
    if (this.peek() !== '-' || this.characters[this.at + 1] === ']') return this.literal(from);
    this.at++;
    const last = this.next();
    if (last === '[' || (last === '\\' && /[swdhSWDHpP]/.test(this.peek() ?? '')))
      throw this.refused('has a range that ends in a class');
    const to = last === '\\' ? this.escapedCode() : last.codePointAt(0)!;
    if (to < from) throw this.refused('has a range that ends before it begins');
    if (this.ignoresCase && hasLetter(from, to)) throw this.refused('ignores the case of a range');
    return `${hex(from)}-${hex(to)}`;
  }

  private posixClass(): string {
    const found = /^:(\^?)(\w+):\]/.exec(this.characters.slice(this.at, this.at + 20).join(''));
    if (!found) throw this.refused('has a class that begins with [:');
    this.at += found[0].length;
    if (found[2] === 'word') return found[1] === '' ? WORD : `[^${WORD}]`;
    return this.property(found[2], found[1] !== '');
  }

  /** Reads a set or a character after a backslash. @returns the content of a class */
  private escapedSet(): string {
    const character = this.peek();
    if (character === undefined) throw this.refused('ends in a backslash');
    const lower = character.toLowerCase();
    if (lower === 'p') {
      this.at++;
      const found = /^\{(\^?)([\w ]+)\}/.exec(this.characters.slice(this.at, this.at + 60).join(''));
      if (!found) throw this.refused('has an unknown property');
      this.at += found[0].length;
      return this.property(found[2], (character === 'P') !== (found[1] !== ''));
    }
    if (!Object.hasOwn(SETS, lower)) return this.literal(this.escapedCode());
    this.at++;
    if (this.ignoresCase && lower !== 's' && lower !== 'd')
      throw this.refused(`ignores the case of \\${character}`);
    return lower === character ? SETS[lower] : `[^${SETS[lower]}]`;
  }

  private property(name: string, negative: boolean): string {
    if (this.ignoresCase) throw this.refused(`ignores the case of the property ${name}`);
    const source = propertySource(name);
    if (source === undefined) throw this.refused(`has the property ${shown(name)}`);
    return negative ? `[^${source}]` : source;
  }

  /** Reads the code point after a backslash. */
  private escapedCode(): number {
    const character = this.next();
    if (Object.hasOwn(ESCAPES, character)) return ESCAPES[character];
    const rest = this.characters.slice(this.at, this.at + 10).join('');
    const digits =
      character === 'x'
        ? /^(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(rest)
        : character === 'u'
          ? /^([0-9A-Fa-f]{4})/.exec(rest)
          : undefined;
    if (digits) {
      this.at += digits[0].length;
      const code = parseInt(digits[1] ?? digits[2], 16);
      if (code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000)) return code;
    }
    if (/[\p{L}\p{N}]/u.test(character)) throw this.refused(`has \\${character}`);
    return character.codePointAt(0)!;
  }

  /** Returns one character as the content of a class, in both cases if case is ignored. */
  private literal(code: number): string {
    const character = String.fromCodePoint(code);
    const cases = [character.toLowerCase(), character.toUpperCase()];
    if (!this.ignoresCase || cases[0] === cases[1]) return hex(code);
    if (code >= 0x80) throw this.refused(`ignores the case of ${shown(character)}`);
    const more = cases[0] === 's' ? '\\u{17f}' : cases[0] === 'k' ? '\\u{212a}' : '';
    return cases.map((c) => hex(c.codePointAt(0)!)).join('') + more;
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) throw this.refused(`has more than ${MAX_DEPTH} groups inside each other`);
    const result = read();
    this.depth--;
    return result;
  }

  private peek(): string | undefined {
    return this.characters[this.at];
  }

  private next(): string {
    if (this.at < this.characters.length) return this.characters[this.at++];
    throw this.refused('ends too early');
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at++;
    return true;
  }

  private takeAll(text: string): boolean {
    if (this.characters.slice(this.at, this.at + text.length).join('') !== text) return false;
    this.at += text.length;
    return true;
  }

  private refused(why: string): Error {
    return refusal(`its pattern ${shown(this.source)} ${why}`);
  }
}

function hex(code: number): string {
  return `\\u{${code.toString(16)}}`;
}

function hasLetter(from: number, to: number): boolean {
  for (let code = from; code <= Math.min(to, 0x7f); code++)
    if (/[A-Za-z]/.test(String.fromCharCode(code))) return true;
  return to >= 0x80;
}
