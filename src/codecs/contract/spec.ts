import { LabError } from '../../base/errors';
import type { CodecMeta, CodecSpec, OptionsOf, OptionSpec, OptionValue } from './meta';
import { codecMeta, needsBase } from './registry';

/**
 * Parses a codec such as `rtn(bits=4,group=32)`. A wrapper takes an inner codec first, as in `rans(rtn(bits=4))`.
 * @throws LabError bad-plan for anything unknown or out of range
 */
export function parseCodec(text: string): CodecSpec {
  const parser = new Parser(text);
  const spec = parser.codec();
  parser.end();
  return spec;
}

/** Parses several codecs separated by `;`. @throws LabError bad-plan for an invalid codec or an empty list */
export function parseCodecs(text: string): CodecSpec[] {
  const specs = text.split(';').filter((part) => part.trim() !== '');
  if (specs.length === 0)
    throw new LabError('bad-plan', 'The plan names no codec.', 'Give at least one, for example rtn(bits=4).');
  return specs.map(parseCodec);
}

/** Writes a codec for people: its `named` options and those that differ from their default, in declared order. */
export function formatCodec(spec: CodecSpec): string {
  return spell(spec, (option, value) => option.named === true || value !== option.default);
}

/** Writes a codec with every option, for files and run keys, which must keep their meaning if a default changes. */
export function formatCodecFully(spec: CodecSpec): string {
  return spell(spec, () => true);
}

function spell(spec: CodecSpec, shows: (option: OptionSpec, value: OptionValue) => boolean): string {
  const options = codecMeta(spec.id)
    .options.filter((o) => shows(o, spec.options[o.key]))
    .map((o) => `${o.key}=${spec.options[o.key]}`);
  const all = [...(spec.inner ? [spell(spec.inner, shows)] : []), ...options];
  return all.length ? `${spec.id}(${all.join(',')})` : spec.id;
}

/** Completes options by their defaults and checks every value. @throws LabError bad-plan naming the option */
export function completeOptions<Meta extends CodecMeta>(
  meta: Meta,
  given: Readonly<Record<string, OptionValue>>,
): OptionsOf<Meta> {
  for (const key of Object.keys(given))
    if (!meta.options.some((o) => o.key === key))
      throw bad(
        `${meta.id} has no option "${key}".`,
        `Its options: ${meta.options.map((o) => o.key).join(', ') || 'none'}.`,
      );
  const values = meta.options.map((o) => [o.key, checkOption(meta.id, o, given[o.key] ?? o.default)]);
  return Object.freeze(Object.fromEntries(values)) as OptionsOf<Meta>;
}

function checkOption(id: string, option: OptionSpec, value: OptionValue): OptionValue {
  const where = `${id}: ${option.key}=${value}`;
  if (option.kind === 'boolean') {
    if (typeof value === 'boolean') return value;
    throw bad(`${where} is not true or false.`, 'Write true or false.');
  }
  if (option.kind === 'choice') {
    if (option.values.includes(String(value))) return String(value);
    throw bad(`${where} is not one of its values.`, `Allowed: ${option.values.join(', ')}.`);
  }
  return checkNumber(where, option, value);
}

type NumberOption = Extract<OptionSpec, { kind: 'integer' | 'number' }>;

function checkNumber(where: string, option: NumberOption, value: OptionValue): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number))
    throw bad(`${where} is not a number.`, `Write a number: ${allowedNumbers(option)}.`);
  if (option.kind === 'integer' && !Number.isInteger(number))
    throw bad(`${where} is not a whole number.`, `Allowed: ${allowedNumbers(option)}.`);
  if (option.values && !option.values.includes(number))
    throw bad(`${where} is not one of its values.`, `Allowed: ${allowedNumbers(option)}.`);
  if (number < option.min || number > option.max)
    throw bad(`${where} is out of range.`, `Allowed: ${allowedNumbers(option)}.`);
  return number;
}

function allowedNumbers({ values, min, max }: NumberOption): string {
  return values ? values.join(', ') : `${min} to ${max}`;
}

function bad(message: string, remedy: string): LabError {
  return new LabError('bad-plan', message, remedy);
}

/** A recursive-descent parser of one codec. Nesting is bounded so that no input overflows the stack. */
class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  codec(depth = 0): CodecSpec {
    if (depth > 8) throw this.error('nests more than 8 codecs');
    const meta = codecMeta(this.word());
    let inner: CodecSpec | undefined;
    // The object has no prototype, so that `__proto__` is an unknown option like any other.
    const options = Object.create(null) as Record<string, OptionValue>;
    if (this.take('(')) {
      while (!this.take(')')) {
        const start = this.at;
        const key = this.word();
        if (this.take('=')) this.option(options, key);
        else {
          if (inner) throw this.error('has two inner codecs');
          this.at = start;
          inner = this.codec(depth + 1);
        }
        if (!this.take(',') && !this.peek(')')) throw this.error('lacks a comma or bracket');
      }
    }
    if (inner && !meta.wraps)
      throw bad(`${meta.id} does not wrap another codec.`, `Write ${meta.id}(…) on its own.`);
    if (meta.wraps && !inner)
      throw bad(`${meta.id} needs an inner codec.`, `Write for example ${meta.id}(rtn(bits=4)).`);
    if (inner && codecMeta(inner.id).assigns)
      throw bad(`${inner.id} chooses codecs for a whole model.`, `Write ${inner.id}(…) on its own.`);
    if (inner && meta.needs.base && needsBase(inner))
      throw bad(`${meta.id} is named twice.`, 'The difference from the base is taken once.');
    return { id: meta.id, options: completeOptions(meta, options), ...(inner && { inner }) };
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.error('has more text after its end');
  }

  private option(options: Record<string, OptionValue>, key: string): void {
    if (Object.hasOwn(options, key)) throw this.error(`gives ${key} twice`);
    const word = this.word();
    // Words may begin with a digit: packing=2bit.
    const number = Number(word);
    options[key] =
      word === 'true' ? true : word === 'false' ? false : Number.isFinite(number) ? number : word;
  }

  private word(): string {
    this.space();
    const word = /^[-\w.]+/.exec(this.text.slice(this.at, this.at + 100))?.[0];
    if (!word) throw this.error('lacks a name or value');
    this.at += word.length;
    return word;
  }

  private take(char: string): boolean {
    if (!this.peek(char)) return false;
    this.at++;
    return true;
  }

  private peek(char: string): boolean {
    this.space();
    return this.text[this.at] === char;
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private error(what: string): LabError {
    return bad(
      `The codec "${this.text.slice(0, 80).replace(/\s/g, ' ')}" ${what} at position ${this.at + 1}.`,
      'Write for example rtn(bits=4,group=32).',
    );
  }
}

/** Makes the spec of a codec with the given options and the defaults of the others. @throws LabError bad-plan */
export function codecSpec(id: string, given: Readonly<Record<string, OptionValue>> = {}): CodecSpec {
  return { id, options: completeOptions(codecMeta(id), given) };
}
