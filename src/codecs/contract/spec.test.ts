import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import type { CodecSpec, OptionSpec, OptionValue } from './meta';
import { codecMetas, loadAssigner, resolveCodec } from './registry';
import { completeOptions, formatCodec, formatCodecFully, parseCodec, parseCodecs } from './spec';

const plain = [...codecMetas.values()].filter((meta) => !meta.wraps);

/** Generates any valid value of an option. */
function valueOf(option: OptionSpec): fc.Arbitrary<OptionValue> {
  if (option.kind === 'boolean') return fc.boolean();
  if (option.kind === 'choice') return fc.constantFrom(...option.values);
  if (option.values) return fc.constantFrom(...option.values);
  const { min, max } = option;
  return option.kind === 'integer' ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true });
}

/** Generates any valid codec without an inner codec. */
const anySpec: fc.Arbitrary<CodecSpec> = fc.constantFrom(...plain).chain((meta) =>
  fc
    .record(Object.fromEntries(meta.options.map((option) => [option.key, valueOf(option)])), {
      requiredKeys: [],
    })
    .map((given) => ({ id: meta.id, options: completeOptions(meta, given as Record<string, OptionValue>) })),
);

/** Runs the parser, and expects a spec or a LabError for the plan. */
function parsed(text: string): CodecSpec | undefined {
  try {
    return parseCodec(text);
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    expect((error as LabError).code).toBe('bad-plan');
    expect((error as LabError).message.length).toBeLessThan(400);
    return undefined;
  }
}

test('the canonical spelling of every valid codec parses back to it', () => {
  fc.assert(
    fc.property(anySpec, (spec) => {
      const text = formatCodec(spec);
      expect(parseCodec(text)).toEqual(spec);
      expect(formatCodec(parseCodec(` ${text.replaceAll(',', ' , ').replaceAll('=', ' = ')} `))).toBe(text);
    }),
  );
});

test('arbitrary text never breaks the parser', () => {
  const pieces = ['rtn', 'float32', 'bits', 'group', '(', ')', '=', ',', ';', '4', '-1', '1e9', 'row', ' '];
  const soup = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 5 })), { maxLength: 30 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(fc.oneof(soup, fc.string({ unit: 'binary' })), (text) => {
      const spec = parsed(text);
      if (spec) expect(parseCodec(formatCodec(spec))).toEqual(spec);
    }),
    { numRuns: 2000 },
  );
}, 60_000);

test('an altered spelling is an error or another valid codec, never a silent default', () => {
  fc.assert(
    fc.property(anySpec, fc.nat(), fc.constantFrom('', '(', ')', '=', ',', 'x', '9'), (spec, at, by) => {
      const text = formatCodec(spec);
      const index = at % text.length;
      const other = parsed(text.slice(0, index) + by + text.slice(index + 1));
      if (other) expect(parseCodec(formatCodec(other))).toEqual(other);
    }),
  );
});

test.each([
  ['', 'lacks a name'],
  ['rtm', 'no codec "rtm"'],
  ['rtn(', 'lacks a name'],
  ['rtn(bits)', 'no codec "bits"'],
  ['rtn(bits=)', 'lacks a name or value'],
  ['rtn(bits=9)', 'bits=9 is out of range'],
  ['rtn(bits=3.5)', 'not a whole number'],
  ['rtn(bits=four)', 'not a number'],
  ['rtn(bits=4,bits=4)', 'gives bits twice'],
  ['rtn(bit=4)', 'no option "bit"'],
  ['rtn(__proto__=4)', 'no option "__proto__"'],
  ['rtn(constructor=4)', 'no option "constructor"'],
  ['rtn(group=12)', 'not one of its values'],
  ['rtn(clip=1)', 'not true or false'],
  ['rtn(bits=4', 'lacks a comma or bracket'],
  ['rtn(bits=4))', 'has more text after its end'],
  ['rtn(float32)', 'does not wrap'],
  ['rtn('.repeat(20), 'more than 8'],
])('%s is refused: %s', (text, why) => {
  expect(() => parseCodec(text)).toThrow(why);
});

test('semicolons separate several codecs', () => {
  expect(parseCodecs(' rtn(bits=3) ; float16;').map(formatCodec)).toEqual([
    'rtn(bits=3,group=32)',
    'float16',
  ]);
  expect(() => parseCodecs(' ; ')).toThrow('names no codec');
});

test('defaults are complete; people see only named ones, files hold all', () => {
  const spec = parseCodec('rtn');
  expect(spec.options).toEqual({ bits: 4, group: '32', scheme: 'symmetric', clip: false });
  expect(formatCodec(parseCodec('rtn(bits=4, group=32, clip=false)'))).toBe('rtn(bits=4,group=32)');
  expect(formatCodecFully(spec)).toBe('rtn(bits=4,group=32,scheme=symmetric,clip=false)');
});

test('the full spelling of every codec parses back to it, including words that begin with a digit', () => {
  for (const [id, meta] of codecMetas) {
    if (meta.wraps) continue;
    const spec = parseCodec(id);
    expect(parseCodec(formatCodecFully(spec)), id).toEqual(spec);
  }
  expect(parseCodec('ternary(packing=2bit)').options.packing).toBe('2bit');
});

test('every folder with a meta.ts has a codec.ts that agrees with it', async () => {
  for (const [id, meta] of codecMetas) {
    const spec = parseCodec(meta.wraps ? `${id}(rtn)` : id);
    const codec = meta.assigns ? await loadAssigner(id) : await resolveCodec(spec);
    expect(codec.meta.id).toBe(id);
    expect(meta.source, id).toMatch(/https:\/\//);
    expect(completeOptions(meta, {})).toBeDefined();
  }
}, 60_000);
