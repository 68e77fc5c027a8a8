import { expect, test } from 'vitest';
import { formatCodec, parseCodec } from '../../../../codecs/contract/spec';
import { sampleRecord } from '../../../../testing/sampleRecord';
import { FILE_CODEC, fileSpelling } from '../../../results/fileCodec';
import { fileBytes, type LabRecord } from '../../../results/record';
import { EMBEDDED_NAMES } from '../../../plan/build';
import { allocatedGrid } from '../frontier/recipes';
import { LikeBytesSearch } from './search';
import plan from './plan';

const WEIGHTS = 1_000_000;

function record(change: Partial<LabRecord>, bytes: number, loss: number): LabRecord {
  const sample = sampleRecord();
  return {
    ...sample,
    ...change,
    model: { ...sample.model, parameters: WEIGHTS },
    size: { ...sample.size, totalBytes: bytes, assetBytes: 0 },
    quality: { ...sample.quality, value: loss },
    samples: Array.from({ length: 40 }, () => ({ nll: 300 + loss, baselineNll: 300, tokens: 127 })),
  };
}

function fileOf(name: string, bytes: number, loss: number): LabRecord {
  const codec = { id: FILE_CODEC, options: { name }, spec: fileSpelling(name), label: 'GGUF, Q4_0' };
  return record({ id: name, codec }, bytes, loss);
}

function codecOf(spec: string, bytes: number, loss: number): LabRecord {
  return record({ id: spec, codec: { ...sampleRecord().codec, id: 'allocate', spec } }, bytes, loss);
}

/** Follows the search, with codecs that take `excess` more bytes than their target. */
function follow(files: readonly LabRecord[], excess: number): LabRecord[] {
  const search = new LikeBytesSearch(allocatedGrid(0.3));
  const records = new Map(files.map((file) => [file.codec.spec, file]));
  for (let spec = search.next(records); spec; spec = search.next(records)) {
    const bytes = (Number(spec.options.bits) * WEIGHTS * (1 + excess)) / 8;
    records.set(formatCodec(spec), codecOf(formatCodec(spec), Math.ceil(bytes), 1));
    expect(records.size).toBeLessThan(20);
  }
  return [...records.values()].filter(({ codec }) => codec.id !== FILE_CODEC);
}

test('finds a codec of slightly fewer bytes for every file, and one for files of nearly equal size', () => {
  const files = [fileOf('a', 600_000, 5), fileOf('b', 601_000, 5), fileOf('c', 300_000, 9)];
  for (const excess of [-0.005, 0, 0.006]) {
    const found = follow(files, excess);
    for (const file of files)
      expect(
        found.some((own) => fileBytes(own) <= fileBytes(file) && fileBytes(own) >= 0.985 * fileBytes(file)),
      ).toBe(true);
    expect(found.length).toBeLessThanOrEqual(6);
  }
});

test('gives up where no target leads to a codec of like size', () => {
  expect(follow([fileOf('a', 600_000, 5)], 0.5).length).toBe(4);
});

test('the table has each file by size beside the best codec of no more bytes', () => {
  const spec = (bits: number) => formatCodec(parseCodec(allocatedGrid(0.3)(bits)));
  const records = [
    fileOf('large', 500_000, 4),
    fileOf('small', 300_000, 9),
    codecOf(spec(3.9), 490_000, 3),
    codecOf(spec(2.3), 295_000, 8),
  ];
  const failures = new Map([['file(broken)', 'It is damaged.']]);
  const lines = plan.table({ records, failures, shapes: new Map() }).split('\n');
  const rows = lines.filter((line) => line.startsWith('| small') || line.startsWith('| large'));
  expect(rows[0]).toContain('| small | GGUF, Q4_0 | 300,000 |');
  expect(rows[0]).toContain(`\`${spec(2.3)}\` | 295,000 |`);
  expect(rows[1]).toContain(`\`${spec(3.9)}\` | 490,000 |`);
  expect(rows[1]).toContain(`worse than \`${spec(3.9)}\``);
  expect(lines.join('\n')).toContain('`file(broken)` was not measured: It is damaged.');
});

test('measures the given files, everything in the scope', () => {
  const names = { ...EMBEDDED_NAMES, file: (name: string) => name };
  const [built] = plan.plans({ names, overrides: { file: ['a.gguf', 'b.gguf'], windows: '4' } });
  expect(built).toMatchObject({ files: ['a.gguf', 'b.gguf'], scope: 'all', verdict: true });
  expect(built.protocol).toMatchObject({ kind: 'llama.cpp', context: 256, windows: 4 });
});
