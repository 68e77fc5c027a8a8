import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Cancelled } from '../../../../src/base/errors';
import { loadModel } from '../../../../src/models/load/load';
import { architectureFor } from '../../../../src/models/registry';
import { folderFiles } from '../../../../src/platform/node/folder';
import { writeGeneratedCheckpoint } from './checkpoint';
import { LADDER } from './ladder';
import { parseLarge } from './options';
import { boundLine, largeTable, type LargeRow } from './report';
import { parsePeakMemory, peakMemoryBytes, peakMemoryLine } from '../../../../src/platform/node/peakMemory';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-large-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('the ladder', () => {
  /** Tables, positions, the last norm, and per block: four and eight squares, three biases, two norms. */
  const gptNeo = (width: number) =>
    (50257 + 2048 + 2) * width + 24 * (12 * width ** 2 + (1 + 4 + 1 + 4) * width);

  /** As counted in the published checkpoints, a tied head once. */
  it.each([
    ['15M', 15_191_712],
    ['124M', 124_439_808],
    ['350M', gptNeo(1024)],
    ['1.3B', 1_315_575_808],
  ])('%s has %d parameters', (name, parameters) => {
    const { config } = LADDER.find((rung) => rung.name === name)!;
    expect(architectureFor(config).configure(config).parameters).toBe(parameters);
  });

  it('grows as GPT-Neo does', () => expect(gptNeo(2048)).toBe(1_315_575_808));
});

describe('a generated checkpoint', () => {
  const config = { ...LADDER[1].config, vocab_size: 1500, n_embd: 768, n_layer: 1, n_positions: 3 };

  it('loads as its shape says, with weights like trained ones', async () => {
    const folder = join(root, 'a');
    const { shape, bytes } = await writeGeneratedCheckpoint(folder, config, 1);
    expect(readFileSync(join(folder, 'model.safetensors')).length).toBe(bytes);
    const model = await loadModel(folderFiles(folder));
    expect(model.shape.parameters).toBe(shape.parameters);
    // Longer than the table of numbers drawn, from whose beginning it goes on.
    const table = await model.tensor(shape.tensors.find(({ name }) => name.endsWith('wte.weight'))!);
    const squares = table.reduce((sum, w) => sum + w * w, 0);
    expect(Math.sqrt(squares / table.length)).toBeCloseTo(0.02, 4);
    expect(Math.abs(table.reduce((sum, w) => sum + w, 0) / table.length)).toBeLessThan(1e-4);
    const [first, second] = shape.tensors.filter(({ role }) => role === 'mlp');
    const [a, b] = [await model.tensor(first), await model.tensor(second)];
    expect(a.subarray(0, 100)).not.toEqual(b.subarray(0, 100));
  });

  it('is equal for equal seeds', async () => {
    const small = { ...config, vocab_size: 10, n_embd: 12 };
    const file = async (name: string, seed: number) => {
      await writeGeneratedCheckpoint(join(root, name), small, seed);
      return readFileSync(join(root, name, 'model.safetensors'));
    };
    expect(Buffer.compare(await file('b', 1), await file('c', 1))).toBe(0);
    expect(Buffer.compare(await file('b', 1), await file('d', 2))).not.toBe(0);
  });

  it('stops', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(writeGeneratedCheckpoint(join(root, 'e'), config, 1, stop.signal)).rejects.toBeInstanceOf(
      Cancelled,
    );
  });
});

describe('the peak of memory', () => {
  it('is in bytes: at least what the process holds now, and more once it held more', () => {
    const before = peakMemoryBytes();
    expect(before).toBeGreaterThan(16 << 20);
    const held = new Uint8Array(before - process.memoryUsage().rss + (64 << 20)).fill(1);
    expect(peakMemoryBytes() - before).toBeGreaterThan(32 << 20);
    expect(held[5]).toBe(1);
  });

  it('is read from what compress prints', () => {
    const read = parsePeakMemory(`file\nsha256 0\n${peakMemoryLine()}\n`)!;
    expect(Math.abs(read - peakMemoryBytes())).toBeLessThan(64 << 20);
    expect(parsePeakMemory('peak resident memory 1,234,567 bytes\n')).toBe(1_234_567);
    expect(parsePeakMemory('sha256 0\n')).toBeUndefined();
  });
});

describe('the report', () => {
  const row: LargeRow = {
    ...{ name: '1.3B', label: 'GPT-Neo 1.3B', parameters: 1_315_575_808, checkpointBytes: 5_000_000_000 },
    ...{ artefactBytes: 800_000_000, seconds: 65.7787904, peakBytes: 1.25e9 },
  };

  it('gives time by parameters and memory by the checkpoint', () => {
    const [, , line] = largeTable([row]).split('\n');
    expect(line).toContain('(1,315,575,808) |');
    expect(line).toContain('| 65.8 | 50.0 | 1,192 | 0.25× |');
  });

  it('says whether the bound was kept', () => {
    const rung = LADDER.at(-1)!;
    expect(boundLine(rung, row)).toMatchObject({ kept: true });
    expect(boundLine(rung, { ...row, peakBytes: 2 * 2 ** 30 + 1 })).toMatchObject({
      kept: false,
      line: 'GPT-Neo 1.3B: 2,048 MiB of at most 2,048 MiB resident: NOT kept.',
    });
    expect(boundLine(LADDER[0], row)).toBeUndefined();
  });
});

describe('its options', () => {
  it('choose models, codec and places', () => {
    expect(parseLarge([]).rungs).toEqual(LADDER);
    const request = parseLarge(['--sizes', '1.3B,15M', '--codec', 'rtn(bits=3)', '--folder', root]);
    expect(request.rungs.map(({ name }) => name)).toEqual(['15M', '1.3B']);
    expect(request).toMatchObject({ spec: { id: 'rtn', options: { bits: 3 } }, folder: root });
  });

  it.each([
    [['--sizes', '7B'], /no "7B"/],
    [['--codec', 'rtn;nf4'], /2 codecs/],
    [['--codec', 'gptq'], /calibration/],
    [['--parameters', '5'], /Unknown option/],
  ])('%j is refused', (args, sentence) => {
    expect(() => parseLarge(args)).toThrow(sentence);
  });
});
