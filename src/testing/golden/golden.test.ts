import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { codecMetas } from '../../codecs/contract/registry';
import { compareGolden } from './compare';
import { formatGolden, type Golden } from './file';
import { goldenSpecs, otherOptions, promisesEqualCodes } from './specs';

const text = readFileSync('fixtures/golden.json', 'utf8');
const golden = JSON.parse(text) as Golden;
const EXACT = 'rtn(bits=4,group=32)';
const SEARCHED = 'hqq(bits=4,group=64)';
const GPTQ = 'gptq(bits=4,group=128)';

/** Returns a copy of the file's values with one change. */
function changed(change: (copy: Golden) => void): Golden {
  const copy = structuredClone(golden);
  change(copy);
  return copy;
}

const elsewhere = (change: (copy: Golden) => void) =>
  changed((copy) => {
    copy.adapter = 'another adapter';
    change(copy);
  });
const differences = (actual: Golden, whole = true) => compareGolden(golden, actual, whole).differences;

test('the file has the codecs of the registry in the standard format', () => {
  expect(Object.keys(golden.codecs).sort()).toEqual(
    goldenSpecs()
      .map(({ name }) => name)
      .sort(),
  );
  expect(formatGolden(golden)).toBe(text);
  expect(Object.keys(golden.records).sort()).toEqual(['images', 'text']);
  for (const meta of codecMetas.values())
    for (const { key, default: preset } of meta.options) expect(otherOptions(meta)[key]).not.toBe(preset);
});

test('equal values have no differences', () => {
  expect(compareGolden(golden, golden, true)).toMatchObject({
    decoded: 0,
    errors: 0,
    records: 2,
    differences: [],
  });
});

test('reports other bytes by codec and model, on all adapters if the codec guarantees equal codes', async () => {
  expect(
    await Promise.all(
      goldenSpecs()
        .filter(({ name }) => name === EXACT)
        .map(({ spec }) => promisesEqualCodes(spec)),
    ),
  ).toEqual([true]);
  for (const make of [changed, elsewhere])
    expect(differences(make(({ codecs }) => (codecs[EXACT].llama.sha256 = 'f00d')))).toEqual([
      `${EXACT} on llama: sha256: "${golden.codecs[EXACT].llama.sha256}" in the file, "f00d" now`,
    ]);
  const reference = changed(({ codecs }) => (codecs[SEARCHED].reference.sha256 = 'f00d'));
  expect(differences(reference)).toEqual([expect.stringContaining(`${SEARCHED} on reference: sha256`)]);
});

test('compares a codec that searches by bytes on the file’s adapter, and by decoded weights or their error on others', () => {
  const other = ({ codecs }: Golden, shift: number, error = 1) => {
    const value = codecs[SEARCHED].gpt2;
    value.sha256 = 'f00d';
    value.decoded = value.decoded!.map((w) => w + shift);
    value.error! *= error;
  };
  expect(differences(changed((copy) => other(copy, 0)))).toEqual([expect.stringContaining('sha256')]);
  const near = compareGolden(
    golden,
    elsewhere((copy) => other(copy, 1e-9)),
    true,
  );
  expect(near).toMatchObject({ decoded: 1, errors: 0, differences: [] });
  const requantised = compareGolden(
    golden,
    elsewhere((copy) => other(copy, 1e-3, 1.04)),
    true,
  );
  expect(requantised).toMatchObject({ decoded: 0, errors: 1, differences: [] });
  expect(differences(elsewhere((copy) => other(copy, 1e-3, 1.06)))).toEqual([
    expect.stringContaining(`${SEARCHED} on gpt2: error of the weights`),
  ]);
});

test('reports other fields of a record, but allows rounding differences on other adapters', () => {
  const scale = (factor: number) => (copy: Golden) => {
    const quality = copy.records.text.quality as { value: number };
    quality.value *= factor;
  };
  expect(differences(changed(scale(1 + 1e-6)))).toEqual([
    expect.stringMatching(/^record of text: quality\.value: .* now$/),
  ]);
  expect(differences(elsewhere(scale(1 + 1e-6)))).toEqual([]);
  expect(differences(elsewhere(scale(1.01)))).toHaveLength(1);
  expect(differences(changed(({ records }) => delete records.images.verdict))).toEqual([
    expect.stringContaining('record of images: verdict: '),
  ]);
});

test('reports missing values; the short form may lack what it does not compute', () => {
  const less = changed(({ codecs }) => delete codecs[GPTQ]);
  expect(differences(less)).toEqual([`${GPTQ}: in the file, but no longer computed`]);
  expect(differences(less, false)).toEqual([]);
  expect(compareGolden(less, golden, true).differences).toEqual([
    `${GPTQ} on gpt2: not in the file`,
    `${GPTQ} on llama: not in the file`,
    `${GPTQ} on reference: not in the file`,
  ]);
});
