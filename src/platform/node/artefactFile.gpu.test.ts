import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { Artefact } from '../../artefact/read';
import type { Recipe } from '../../artefact/recipe';
import { memorySink, type ArtefactSink } from '../../artefact/sink';
import { sha256Hex } from '../../base/checksum';
import { Cancelled, LabError } from '../../base/errors';
import { parseCodec } from '../../codecs/contract/spec';
import { compressModel, type CompressOptions } from '../../lab/artefacts/compress';
import type { Model } from '../../models/model';
import { testGpu } from '../../testing/gpu';
import { FileSink, removeAbandonedSpools, spoolPath, SpoolSink } from './artefactFile';
import { nodeLabOn } from './lab';

const gpu = await testGpu();
const lab = nodeLabOn(gpu);
const stories = await lab.openModel('stories260K');
const root = mkdtempSync(join(tmpdir(), 'bitcurve-sink-'));
afterAll(() => rmSync(root, { recursive: true }));
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const OPTIONS: CompressOptions = {
  seed: 3,
  calibration: { data: 'tinystories-calibration', windows: 2, draws: 1 },
  context: 32,
};

const recipe = (codec: string, over: Partial<Recipe> = {}): Recipe => ({
  spec: parseCodec(codec),
  scope: 'linear',
  rest: 'float16',
  ...over,
});

function freshFolder(): string {
  return mkdtempSync(join(root, 'out-'));
}

const compress = <File>(sink: ArtefactSink<File>, how: Recipe, options: Partial<CompressOptions> = {}) =>
  compressModel(lab, stories, how, { ...OPTIONS, ...options }, sink);

describe('an artefact that is written to a file', () => {
  test.each([
    recipe('rtn(bits=4)'),
    recipe('rtn(bits=3,group=row)', { scope: 'all', rest: 'float32' }),
    recipe('rans(rtn(bits=4))'),
    recipe('gptq(bits=4)', { scope: 'all' }),
    recipe('tenpak-tiers'),
  ])('is byte-equal to the one from memory: $spec.id, scope $scope', async (how) => {
    const memory = await compress(memorySink(), how);
    const path = join(freshFolder(), 'deep', 'a.safetensors');
    const { file, size } = await compress(new FileSink(path), how);
    expect(Buffer.compare(readFileSync(path), memory.file)).toBe(0);
    expect(file).toEqual({ bytes: memory.file.length, sha256: await sha256Hex(memory.file) });
    expect(size).toEqual(memory.size);
    expect(readdirSync(join(path, '..'))).toEqual(['a.safetensors']);
  });
});

describe('an artefact that stays in its spool file', () => {
  test('is read by range as the one from memory, and is deleted at the end', async () => {
    const folder = freshFolder();
    const { file: expected } = await compress(memorySink(), recipe('rtn(bits=4)'));
    const { file } = await compress(new SpoolSink(join(folder, 'spool')), recipe('rtn(bits=4)'));
    expect(file.size).toBe(expected.length);
    expect(file.sha256).toBe(await sha256Hex(expected));
    const whole = await file.read(0, file.size + 10);
    expect(Buffer.compare(whole, expected)).toBe(0);
    // From the header into the first tensor, across tensors, and beyond the end.
    for (let begin = 0; begin < file.size; begin += 40_009)
      for (const length of [1, 1000, 60_000])
        expect(await file.read(begin, length)).toEqual(whole.slice(begin, begin + length));
    const [onDisk, inMemory] = [await Artefact.open(file), await Artefact.open(expected)];
    for (const tensor of onDisk.shape.tensors) {
      const assigned = onDisk.codecOf(tensor);
      if (assigned)
        expect(await onDisk.stored(tensor, assigned)).toEqual(await inMemory.stored(tensor, assigned));
    }
    expect(readdirSync(folder)).toEqual(['spool']);
    await file.dispose();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is deleted when compressing is cancelled', async () => {
    const folder = freshFolder();
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    const sink = new SpoolSink(join(folder, 'spool'));
    await expect(
      compress(sink, recipe('rtn(bits=4)'), { signal: stop.signal, onProgress }),
    ).rejects.toBeInstanceOf(Cancelled);
    expect(readdirSync(folder)).toEqual([]);
  });
});

test('spool files of processes that were killed are deleted', async () => {
  const folder = freshFolder();
  const ended = spawnSync(process.execPath, ['--version']).pid;
  const own = basename(spoolPath(folder, 0));
  for (const name of [own, `${ended}-0`, 'notes']) writeFileSync(join(folder, name), '');
  await removeAbandonedSpools(folder);
  expect(readdirSync(folder).sort()).toEqual([own, 'notes'].sort());
});

describe('an artefact that is not finished', () => {
  test.each(['rtn(bits=4)', 'gptq(bits=4)'])('leaves no file when %s is cancelled', async (codec) => {
    const folder = freshFolder();
    const stop = new AbortController();
    const seen: string[][] = [];
    const onProgress = (fraction: number) => {
      if (fraction < 0.5) return;
      seen.push(readdirSync(folder));
      stop.abort();
    };
    const sink = new FileSink(join(folder, 'a.safetensors'));
    await expect(compress(sink, recipe(codec), { signal: stop.signal, onProgress })).rejects.toBeInstanceOf(
      Cancelled,
    );
    expect(seen[0]).toEqual([expect.stringMatching(/\.spool\.part$/)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves no file when the assembly is cancelled', async () => {
    const folder = freshFolder();
    const stop = new AbortController();
    const sink = new FileSink(join(folder, 'a.safetensors'));
    await sink.put('a', new Uint8Array(5));
    stop.abort();
    await expect(sink.finish(new Uint8Array(8), ['a'], stop.signal)).rejects.toBeInstanceOf(Cancelled);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves an older file unchanged when a tensor cannot be read', async () => {
    const folder = freshFolder();
    const path = join(folder, 'a.safetensors');
    writeFileSync(path, 'older');
    const broken: Model = {
      ...stories,
      tensor: async (spec) => {
        if (spec.block === 3) throw new LabError('bad-file', 'The disk is gone.', 'Find it.');
        return stories.tensor(spec);
      },
    };
    const compressing = compressModel(lab, broken, recipe('rtn'), OPTIONS, new FileSink(path));
    await expect(compressing).rejects.toMatchObject({ message: 'The disk is gone.' });
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
    expect(readFileSync(path, 'utf8')).toBe('older');
  });

  test('names the path that cannot be written', async () => {
    const folder = freshFolder();
    writeFileSync(join(folder, 'file'), '');
    const within = new FileSink(join(folder, 'file', 'a.safetensors'));
    await expect(compress(within, recipe('rtn'))).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('a.safetensors'),
    });
    const taken = join(folder, 'taken');
    mkdirSync(taken);
    await expect(compress(new FileSink(taken), recipe('rtn'))).rejects.toMatchObject({ code: 'storage' });
    expect(readdirSync(folder).sort()).toEqual(['file', 'taken']);
  });
});

test('a calibrated codec holds one block of the float32 model on the GPU at a time', async () => {
  const { tensors, parameters, program } = stories.shape;
  const inBlocks = new Set(tensors.filter(({ block }) => block !== undefined).map(({ name }) => name));
  const live = new Map<GPUBuffer, number>();
  let maxBytes = 0;
  const { buffers } = gpu;
  const [allocate, release] = [buffers.allocate.bind(buffers), buffers.release.bind(buffers)];
  const allocating = vi.spyOn(buffers, 'allocate').mockImplementation((bytes, label, kind) => {
    const buffer = allocate(bytes, label, kind);
    if (inBlocks.has(label)) live.set(buffer, bytes);
    maxBytes = Math.max(
      maxBytes,
      [...live.values()].reduce((sum, size) => sum + size, 0),
    );
    return buffer;
  });
  const releasing = vi.spyOn(buffers, 'release').mockImplementation((buffer) => {
    live.delete(buffer);
    release(buffer);
  });
  await compress(memorySink(), recipe('gptq(bits=4)', { scope: 'all' }));
  allocating.mockRestore();
  releasing.mockRestore();
  // A block is uploaded, and each of its matrices coexists with its restored copy for a moment.
  expect(maxBytes).toBeGreaterThan(0);
  expect(maxBytes).toBeLessThan((2 * 4 * parameters) / program.blocks.length);
});
