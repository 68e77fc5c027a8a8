import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dataSet, deltaOf, restored } from './testing/memory';

const BASE = '{"id":1,"text":"one","tags":["a"]}\n{"id":2,"text":"two","tags":[]}\n{"id":3,"text":"three"}\n';

async function roundTrip(
  base: string,
  derived: string,
  kind: 'jsonl' | 'csv' = 'jsonl',
  key: string | null = 'id',
) {
  const file = await dataSet(base, kind);
  const made = await deltaOf(file, await dataSet(derived, kind), key);
  expect(await restored(file, made.text)).toBe(derived);
  const operations = made.text.split('\n').slice(1, -1);
  return { ...made.header.counts, sparse: made.sparse, header: made.header, operations };
}

describe('classes of rows', () => {
  test('same, modified, new and deleted, in the order of the derived file', async () => {
    const derived =
      '{"id":3,"text":"three"}\n{"id":9,"text":"nine"}\n{"id":1,"text":"one","tags":["a","b"]}\n';
    const { operations, sparse, ...found } = await roundTrip(BASE, derived);
    expect(found).toMatchObject({ same: 1, modified: 1, new: 1, deleted: 1, respelled: 0 });
    expect(operations).toEqual(['=2 1', '+{"id":9,"text":"nine"}', '~-3 {"set":{"tags":["a","b"]}}']);
    // The published method refers to rows 3 and 1, and restores row 1 without its change.
    expect(sparse).toMatchObject({ shared: 2, new: 1, lost: 1 });
  });

  test('rows copied in order take one line', async () => {
    const { operations } = await roundTrip(BASE, BASE);
    expect(operations).toEqual(['=0 3']);
  });

  test('a row that is spelled differently is the same row, and its spelling is restored', async () => {
    const derived = BASE.replace(
      '{"id":2,"text":"two","tags":[]}',
      '{ "tags":[],"text":"\\u0074wo", "id":2.0 }',
    );
    const found = await roundTrip(BASE.replace('"id":2', '"id":2.0'), derived);
    expect(found).toMatchObject({ same: 3, respelled: 1, modified: 0 });
  });

  test('long integers that float64 cannot tell apart are different rows and values', async () => {
    const base = '{"id":9007199254740992,"n":12345678901234567890}\n{"id":9007199254740993,"n":1}\n';
    const derived = base.replace('890}', '891}');
    expect(await roundTrip(base, derived)).toMatchObject({ same: 1, modified: 1, new: 0 });
  });

  test('without ids the content identifies rows, and a changed row is found by its place', async () => {
    const text = 'a long text that both rows share, so that a change of the label is short';
    const base = ['x', 'y', 'z']
      .map((label) => JSON.stringify({ label, text: `${text} ${label}` }))
      .join('\n');
    const found = await roundTrip(base, base.replace('"y"', '"w"'), 'jsonl', null);
    expect(found).toMatchObject({ same: 2, modified: 1, new: 0, deleted: 0 });
    expect(found.operations[1]).toBe('~0 {"set":{"label":"w"}}');
  });

  test('a value of which a part changes is stored as that part', async () => {
    const long = 'word '.repeat(40);
    const base = `{"id":1,"text":"${long}end"}\n`;
    const { operations } = await roundTrip(base, base.replace('end', 'END, and more'));
    expect(operations).toEqual(['~0 {"splice":{"text":[201,1,"END, and more"]}}']);
  });

  test('added, dropped and reordered fields', async () => {
    const text = 'the same long text that is worth a reference to the base '.repeat(2);
    const base = `{"id": 1, "text": "${text}", "tags": ["a"]}\n`;
    const { operations } = await roundTrip(base, `{"text": "${text}", "id": 1, "new": null}\n`);
    expect(operations).toEqual(['~0 {"drop":["tags"],"add":{"new":null},"order":["text","id","new"]}']);
  });

  test.each([
    ['a byte order mark, mixed line ends and empty lines', '\ufeff\n{"id":1}\r\n\n{"id":2}\n  \n{"id":3}'],
    ['no rows', ''],
    ['only empty lines', '\n\n'],
    ['values that are no objects, spelled oddly', '[1, 2]\n 1.50e0\n"a"\nnull\n'],
    ['duplicate names, escapes and a lone surrogate', '{"a":1,"a":2,"\\ud800":"\\/"}\n{"__proto__":1}\n'],
  ])('%s', async (_, text) => {
    await roundTrip(BASE, text, 'jsonl', null);
    await roundTrip(text, BASE, 'jsonl', null);
    await roundTrip(text, text, 'jsonl', null);
  });
});

describe('CSV', () => {
  const NOTE = 'a note that is long enough to be worth a reference';
  const CSV = `id,name,note\r\n1,Ann,"${NOTE} ""b"""\r\n2,"Bo, B",\r\n3,"${NOTE}","two\nlines"\r\n`;

  test('cells are patched, with their quotes as they are', async () => {
    const { operations, ...found } = await roundTrip(
      CSV,
      CSV.replace('Ann', '"Anna"').replace('two', '2'),
      'csv',
    );
    expect(found).toMatchObject({ same: 1, modified: 2, new: 0 });
    expect(operations).toEqual([
      '~0 {"set":{"name":"\\"Anna\\""}}',
      '=0 1',
      '~0 {"set":{"note":"\\"2\\nlines\\""}}',
    ]);
  });

  test('a column is added, and the last line has no end', async () => {
    const derived = `id,name,note,age\n1,Ann,"${NOTE} ""b""",7\n3,"${NOTE}","two\nlines",9`;
    const { operations } = await roundTrip(CSV, derived, 'csv');
    expect(operations[0]).toBe('~0 {"add":{"age":"7"}}');
  });

  test.each([
    ['tabs', 'id\tx\n1\ta,b\n2\t"q\t"\n'],
    ['semicolons and a byte order mark', '\ufeffid;x\r\n1;2\r\n'],
    ['line ends of old Macs', 'id,x\r1,2\r3,"4\r5"\r'],
    ['spaces around quotes and quotes inside', 'id,x\n1,"a" \n2,b"c\n'],
    ['empty lines', 'id,x\n\n1,2\n\n\n3,4\n\n'],
  ])('%s', async (_, text) => {
    await roundTrip(text, text.replace('1', '7'), 'csv', null);
    await roundTrip(CSV, text, 'csv', null);
  });

  test('records longer than a chunk of the file keep their line ends', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `${i},"${'x'.repeat(1500)}${i % 7}\r\n""y"""\r\n`);
    const text = `id,x\r\n${rows.join('')}`;
    const found = await roundTrip(text, text.replaceAll('5\r\n""y', 'five'), 'csv');
    expect(found.same + found.modified).toBe(3000);
  });
});

describe('bad input is refused with the place', () => {
  const failing = async (
    base: string,
    derived = BASE,
    kind: 'jsonl' | 'csv' = 'jsonl',
    key: string | null = 'id',
  ) => deltaOf(await dataSet(base, kind, 'base'), await dataSet(derived, kind, 'derived'), key);

  test.each([
    ['a broken line', `${BASE}{"id":4\n`, /^Line 4 of base is not JSON: "\{\\"id\\":4"\.$/],
    ['a duplicate id', `${BASE}\n{"id":2}\n`, /^"id" is 2 again in line 5 of base \(and in line 2\)\.$/],
    ['a row without the field', `${BASE}{"ID":2}\n`, /^Line 4 of base has no field "id"\.$/],
  ])('%s', async (_, base, message) => {
    await expect(failing(base)).rejects.toThrow(message);
  });

  test('a duplicate id of the derived file', async () => {
    await expect(failing(BASE, `${BASE}{"id":1}\n`)).rejects.toThrow(
      /^"id" is 1 again in line 4 of derived\.$/,
    );
  });

  test('text that is not UTF-8', async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('{"id":1}\n"'), 0xff, 0x22]);
    await expect(deltaOf(await dataSet(bytes), await dataSet(BASE))).rejects.toThrow(
      /^Line 2 of data is not UTF-8/,
    );
  });

  test.each([
    ['a short record', 'id,x\n1,2\n"3\n4"\n', /^Line 3 of base has 1 cells, but the header has 2 columns\.$/],
    ['misplaced quotes', 'id,x\n1,2\n3,"4"5\n6,"7"\n', /^Line 3 of base has misplaced quotes\.$/],
  ])('CSV: %s', async (_, base, message) => {
    await expect(failing(base, 'id,x\n', 'csv')).rejects.toThrow(message);
  });

  test('CSV: a header with a name twice, or none', async () => {
    await expect(dataSet('a,b,a\n', 'csv')).rejects.toThrow(/names the column "a" twice/);
    await expect(dataSet('\n', 'csv')).rejects.toThrow(/has no header/);
  });

  test('another base, and a damaged delta', async () => {
    const rows = BASE.replace('[]', '["a list of some length that is not repeated in the delta"]');
    const base = await dataSet(rows);
    const derived = rows.slice(rows.indexOf('\n') + 1).replace('two', 'two!');
    const { text } = await deltaOf(base, await dataSet(derived));
    const other = await dataSet(rows.replace('one', 'One'), 'jsonl', 'other');
    await expect(restored(other, text)).rejects.toThrow(/^other is not the base of delta: its SHA-256 is/);
    for (const [from, to, message] of [
      ['two!', 'two?', /the checksum of the result differs/],
      ['~1 ', '~7 ', /line 2 does not fit the base/],
      ['{"set"', '{"set', /line 2 does not fit the base/],
      ['"text":"two!"', '"none":"two!"', /line 2 does not fit the base/],
      ['data-delta/1', 'data-delta/2', /^delta is not a data set delta: its field format/],
    ] as const)
      await expect(restored(base, text.replace(from, to))).rejects.toThrow(message);
  });

  test('a delta cannot restore more than it says', async () => {
    const base = await dataSet(BASE);
    const { text } = await deltaOf(base, await dataSet(BASE));
    await expect(restored(base, text + '=-3 3\n'.repeat(5))).rejects.toThrow(/restores more than/);
  });
});

test('any edit of any rows is restored to the byte', async () => {
  const value = fc.json({ maxDepth: 2 });
  const row = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'ü"'), value, { maxKeys: 4 }).map(
    (fields) =>
      `{${Object.entries(fields)
        .map(([name, text]) => `${JSON.stringify(name)}: ${text}`)
        .join(', ')}}`,
  );
  const end = fc.constantFrom('\n', '\n', '\r\n', '\n\n');
  const file = fc.array(fc.tuple(row, end), { maxLength: 8 }).map((rows) => rows.flat().join(''));
  await fc.assert(
    fc.asyncProperty(file, fc.array(fc.tuple(fc.nat(7), row, end), { maxLength: 3 }), async (base, edits) => {
      const lines = base.split(/(?<=\n)/);
      for (const [at, text, tail] of edits) lines.splice(at, at % 2, text + tail);
      await roundTrip(base, lines.join(''), 'jsonl', null);
    }),
    { numRuns: 60 },
  );
});
