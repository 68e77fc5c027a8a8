import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Cancelled } from '../../../../src/base/errors';
import { loadModel } from '../../../../src/models/load/load';
import { architectureFor } from '../../../../src/models/registry';
import { folderFiles } from '../../../../src/platform/node/folder';
import { writeGeneratedCheckpoint } from './checkpoint';
import { LARGE_MODELS } from './largeModels';
import { parseLarge } from './options';
import { boundLines, compressionTable, measurementTable, type LargeRow } from './report';
import { parsePeakMemory, peakMemoryBytes, peakMemoryLine } from '../../../../src/platform/node/peakMemory';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-large-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('the large models', () => {
  /** Embeddings, positions, the final norm, and for each block 12 · width² of matrices, biases and two norms. */
  const gptNeo = (width: number) =>
    (50257 + 2048 + 2) * width + 24 * (12 * width ** 2 + (1 + 4 + 1 + 4) * width);

  /** Counts of the published checkpoints; a tied head counts once. */
  it.each([
    ['15M', 15_191_712],
    ['124M', 124_439_808],
    ['350M', gptNeo(1024)],
    ['1.3B', 1_315_575_808],
  ])('%s has %d parameters', (name, parameters) => {
    const { config, blocks } = LARGE_MODELS.find((model) => model.name === name)!;
    expect(architectureFor(config(blocks)).configure(config(blocks)).parameters).toBe(parameters);
  });

  it('the formula of GPT-Neo gives the published count', () => expect(gptNeo(2048)).toBe(1_315_575_808));
});

describe('a generated checkpoint', () => {
  const config = { ...LARGE_MODELS[1].config(1), vocab_size: 1500, n_embd: 768, n_positions: 3 };

  it('loads with its shape and with the standard deviation of trained weights', async () => {
    const folder = join(root, 'a');
    const { shape, bytes } = await writeGeneratedCheckpoint(folder, config, 1);
    expect(readFileSync(join(folder, 'model.safetensors')).length).toBe(bytes);
    const model = await loadModel(folderFiles(folder));
    expect(model.shape.parameters).toBe(shape.parameters);
    // This tensor is longer than the table of random numbers, so it wraps around.
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

  it('stops when it is aborted', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(writeGeneratedCheckpoint(join(root, 'e'), config, 1, stop.signal)).rejects.toBeInstanceOf(
      Cancelled,
    );
  });
});

describe('peak memory', () => {
  it('is in bytes and grows with the memory in use', () => {
    const before = peakMemoryBytes();
    expect(before).toBeGreaterThan(16 << 20);
    const held = new Uint8Array(before - process.memoryUsage().rss + (64 << 20)).fill(1);
    expect(peakMemoryBytes() - before).toBeGreaterThan(32 << 20);
    expect(held[5]).toBe(1);
  });

  it('is parsed from the output of compress', () => {
    const read = parsePeakMemory(`file\nsha256 0\n${peakMemoryLine()}\n`)!;
    expect(Math.abs(read - peakMemoryBytes())).toBeLessThan(64 << 20);
    expect(parsePeakMemory('peak resident memory 1,234,567 bytes\n')).toBe(1_234_567);
    expect(parsePeakMemory('sha256 0\n')).toBeUndefined();
  });
});

describe('the report', () => {
  const row: LargeRow = {
    ...{ name: '1.3B', label: 'GPT-Neo 1.3B', parameters: 1_315_575_808, checkpointBytes: 5_000_000_000 },
    compression: {
      ...{ artefactBytes: 800_000_000, seconds: 90, processorSeconds: 65.7787904, peakBytes: 1.25e9 },
    },
    measurement: {
      ...{ perplexity: 60123.4, baseline: 60001.2, inParts: true, seconds: 900 },
      ...{ processorSeconds: 657.787904, peakBytes: 2.5e9 },
    },
    loadAverage: [1, 1, 1],
  };

  it('gives time per parameter and memory relative to the checkpoint', () => {
    const [, , line] = compressionTable([row]).split('\n');
    expect(line).toContain('(1,315,575,808) |');
    expect(line).toContain('| 90.0 | 65.8 | 50.0 | 1,192 | 0.25× |');
    const [head, , measured] = measurementTable([row, { ...row, measurement: undefined }], 2 ** 30).split(
      '\n',
    );
    expect(head).toContain('Measuring, 1.07 GB allowed');
    expect(measured).toBe('| GPT-Neo 1.3B | yes | 60,001 | 60,123 | 900 | 658 | 500 | 2,384 | 0.50× |');
  });

  it('says whether the limits were kept', () => {
    const model = LARGE_MODELS.at(-1)!;
    expect(boundLines(model, row).map(({ kept }) => kept)).toEqual([true, true]);
    const over = { ...row.measurement!, peakBytes: 3 * 2 ** 30 + 1 };
    expect(boundLines(model, { ...row, measurement: over })[1]).toMatchObject({
      kept: false,
      line: 'GPT-Neo 1.3B, measuring: peak resident memory 3,072 MiB, limit 3,072 MiB: EXCEEDED.',
    });
    expect(boundLines(LARGE_MODELS[0], row)).toEqual([]);
  });
});

describe('the options of bench large', () => {
  it('choose models, codec and folder', () => {
    expect(parseLarge([]).models).toEqual(LARGE_MODELS);
    const request = parseLarge(['--sizes', '1.3B,15M', '--codec', 'rtn(bits=3)', '--folder', root]);
    expect(request.models.map(({ name }) => name)).toEqual(['15M', '1.3B']);
    expect(request).toMatchObject({
      spec: { id: 'rtn', options: { bits: 3 } },
      folder: root,
      memory: 2 ** 30,
    });
    const options = ['--memory', '3GiB', '--compute', 'cpu', '--calibration-windows', '2'];
    expect(parseLarge(options)).toMatchObject({
      memory: 3 * 2 ** 30,
      compute: 'cpu',
      calibrationWindows: 2,
    });
  });

  it('shorten the models, and say so', () => {
    const [gpt2, neo] = parseLarge(['--sizes', '124M,350M', '--blocks', '3']).models;
    expect([gpt2, neo].map(({ label }) => label)).toEqual([
      'GPT-2, 3 of 12 blocks',
      'GPT-Neo 350M, 3 of 24 blocks',
    ]);
    const { program } = architectureFor(neo.config(3)).configure(neo.config(3));
    expect(program.blocks).toHaveLength(3);
    expect(parseLarge(['--sizes', '124M', '--blocks', '12']).models[0].label).toBe('GPT-2');
  });

  it.each([
    [['--sizes', '7B'], /no "7B"/],
    [['--blocks', '0'], /blocks cannot be "0"/],
    [['--codec', 'rtn;nf4'], /2 codecs/],
    [['--parameters', '5'], /Unknown option/],
    [['--memory', '3'], /memory cannot be "3"/],
  ])('%j is refused', (args, sentence) => {
    expect(() => parseLarge(args)).toThrow(sentence);
  });
});
