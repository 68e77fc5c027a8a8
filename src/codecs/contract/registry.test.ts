import { describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import type { CodecMeta, OptionSpec, OptionValue } from './meta';
import { codecMetas, loadAssigner, needsCalibration, resolveCodec } from './registry';
import { completeOptions, formatCodecFully, parseCodec } from './spec';

const metas = [...codecMetas.values()];
const INNER = 'rtn(bits=4)';
const spell = ({ id, wraps }: CodecMeta, options = '') => {
  const inside = [...(wraps ? [INNER] : []), ...(options ? [options] : [])].join(',');
  return inside ? `${id}(${inside})` : id;
};

/** Lists values that an option must refuse, with the words that the error must contain to say what is allowed. */
function wrongValues(option: OptionSpec): { value: OptionValue; allowed: string[] }[] {
  if (option.kind === 'boolean') return [{ value: 'perhaps', allowed: ['true', 'false'] }];
  if (option.kind === 'choice') return [{ value: 'zip', allowed: [...option.values] }];
  const { min, max, values } = option;
  const allowed = values ? values.map(String) : [String(min), String(max)];
  const wrong: OptionValue[] = [min - 1, max + 1, 'zip'];
  if (option.kind === 'integer') wrong.push((min + max) / 2 + 0.25);
  return wrong.map((value) => ({ value, allowed }));
}

describe.each(metas.map((meta) => [meta.id, meta] as const))('%s', (id, meta) => {
  test('has a label, notes and a source with a URL', () => {
    expect(id).toMatch(/^[a-z0-9-]+$/);
    expect(meta.label).not.toBe('');
    expect(meta.source).toMatch(/https:\/\/\S+/);
    expect(meta.notes).toMatch(/\.$/);
    for (const { key, label } of meta.options) expect(label, key).not.toBe('');
    expect(new Set(meta.options.map(({ key }) => key)).size).toBe(meta.options.length);
  });

  test('its code loads and has the same description', async () => {
    const spec = parseCodec(spell(meta));
    const loaded = meta.assigns ? await loadAssigner(id) : await resolveCodec(spec);
    expect(loaded.meta.id).toBe(id);
    expect(typeof needsCalibration(spec)).toBe('boolean');
    const { calibrationUnless } = meta.needs;
    for (const { option, value } of [calibrationUnless ?? []].flat())
      expect(() => completeOptions(meta, { [option]: value })).not.toThrow();
  }, 60_000);

  test('its defaults are allowed, and its full spelling parses back to them', () => {
    const spec = parseCodec(spell(meta));
    expect(spec.options).toEqual(completeOptions(meta, {}));
    expect(parseCodec(formatCodecFully(spec))).toEqual(spec);
  });

  test.each(meta.options.flatMap((o) => wrongValues(o).map((w) => [o.key, w.value, w.allowed] as const)))(
    '%s=%s is refused, and the error lists the allowed values',
    (key, value, allowed) => {
      const error = failure(() => parseCodec(spell(meta, `${key}=${value}`)));
      expect(error.code).toBe('bad-plan');
      expect(error.message).toContain(`${id}: ${key}=${value}`);
      for (const word of allowed) expect(error.remedy).toContain(word);
    },
  );

  test('an unknown option is refused, and the error lists the known ones', () => {
    const error = failure(() => parseCodec(spell(meta, 'colour=red')));
    expect(error.message).toBe(`${id} has no option "colour".`);
    for (const { key } of meta.options) expect(error.remedy).toContain(key);
  });
});

function failure(call: () => unknown): LabError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  return expect.fail('no error');
}
