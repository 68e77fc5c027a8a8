import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeLabOn } from '../platform/node/lab';
import { folderFiles } from '../platform/node/folder';
import { LabError } from '../base/errors';
import { codecMetas, needsCalibration } from '../codecs/contract/registry';
import { formatCodecFully, parseCodec } from '../codecs/contract/spec';
import { compressModel, type CompressOptions } from '../lab/artefacts/compress';
import { parseSafetensors } from '../formats/safetensors/read';
import { writeSafetensors } from '../formats/safetensors/write';
import { loadModel } from '../models/load/load';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
import { testGpu } from '../testing/gpu';
import { shortStories } from '../testing/shortStories';
import { formatMetadata, parseMetadata } from './metadata';
import { Artefact } from './read';
import { memorySink } from './sink';

const gpu = await testGpu();
const lab = nodeLabOn(gpu);
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const stories = await loadModel(folderFiles('public/models/stories260K'));
const twoBlocks = await loadModel(shortStories());
const CALIBRATION = { data: 'tinystories-calibration', windows: 2, draws: 1 };
/** 16 tokens in all: fewer than the 64 columns of the narrowest layer, so no Gram matrix has full rank. */
const FEW_TOKENS: CompressOptions = { seed: 1, calibration: CALIBRATION, context: 8 };

const compress = (model: Model, codec: string, options = FEW_TOKENS) =>
  compressModel(
    lab,
    model,
    { spec: parseCodec(codec), scope: 'linear', rest: 'float32' },
    options,
    memorySink(),
  );

/** The two blocks with some tensors changed. */
function altered(change: (name: string, values: Float32Array) => Float32Array): Model {
  const changed = new Map<string, Promise<Float32Array>>();
  return {
    ...twoBlocks,
    tensor: (spec) => {
      let values = changed.get(spec.name);
      if (!values)
        changed.set(spec.name, (values = twoBlocks.tensor(spec).then((w) => change(spec.name, w))));
      return values;
    },
  };
}

/** Restores the tensors `chosen`: whether they hold finite values only, or why not. */
async function restore(
  file: Uint8Array,
  chosen: (artefact: Artefact, tensor: TensorSpec) => Promise<boolean> | boolean = () => true,
): Promise<'finite' | 'not finite' | LabError> {
  try {
    const artefact = await Artefact.open(file);
    for (const tensor of artefact.shape.tensors) {
      if (!(await chosen(artefact, tensor))) continue;
      const matrix = await artefact.decode(lab.processor, tensor);
      const values = await lab.processor.read(matrix);
      lab.processor.release(matrix);
      if (!values.every(Number.isFinite)) return 'not finite';
    }
    return 'finite';
  } catch (error) {
    if (error instanceof LabError) return error;
    throw error;
  }
}

/** Every calibrated codec, without damping. A new codec of the registry is tested without an edit. */
const CALIBRATED = [...codecMetas.values()]
  .filter(({ needs, assigns }) => needs.calibration && !needs.timesteps && !assigns)
  .map(({ id, options }) => {
    const has = (wanted: string) => options.some(({ key }) => key === wanted);
    // Few rounds, since the quality of the result does not matter here.
    const given = [...(has('damping') ? ['damping=0'] : []), ...(has('iterations') ? ['iterations=1'] : [])];
    return given.length > 0 ? `${id}(${given.join(',')})` : id;
  })
  .filter((codec) => needsCalibration(parseCodec(codec)));

async function expectSentenceOrFinite(model: Model, codec: string): Promise<void> {
  const written = await compress(model, codec).catch((error: unknown) => error);
  if (written instanceof Error) return expectSentence(written);
  expect(await restore((written as { file: Uint8Array }).file)).toBe('finite');
}

function expectSentence(error: unknown): void {
  expect(error).toBeInstanceOf(LabError);
  const { code, message, remedy } = error as LabError;
  expect(code).not.toBe('internal');
  expect(message).toMatch(/model\.|inputs?\b|activations?\b/);
  expect(remedy).not.toBe('');
}

describe.each(CALIBRATED)('%s', (codec) => {
  test('fewer tokens than columns, undamped, give a finite model or an error that names the tensor', () =>
    expectSentenceOrFinite(twoBlocks, codec));

  test('activations that are all zero give a finite model or an error that names the tensor', () =>
    expectSentenceOrFinite(
      altered((name, w) => (name.includes('norm') ? w.map(() => 0) : w)),
      codec,
    ));

  test('activations beyond float32 give an error', async () => {
    const huge = altered((name, w) => (name.includes('norm') ? w.map(() => 3e30) : w));
    const failure = await compress(huge, codec).catch((error: unknown) => error);
    expectSentence(failure);
  });
});

test.each([NaN, Infinity])('a tensor that holds %s is named, whatever the codec', async (bad) => {
  const name = 'model.layers.1.mlp.up_proj.weight';
  const sick = altered((n, w) => (n === name ? w.map((v, i) => (i === 77 ? bad : v)) : w));
  for (const codec of ['rtn', 'rans(hadamard(rtn))', 'gptq', 'tenpak-mixed']) {
    const failure = await compress(sick, codec).catch((error: unknown) => error);
    expect(failure, codec).toMatchObject({ code: 'not-finite', message: expect.stringContaining(name) });
  }
});

test('an infinite value of a tensor kept in float is refused by name', async () => {
  const name = 'model.norm.weight';
  const { file } = await compress(twoBlocks, 'rtn', { ...FEW_TOKENS, calibration: null });
  parseSafetensors(file)
    .tensors.get(name)!
    .bytes.set(new Uint8Array(Float32Array.of(Infinity).buffer));
  expect(await restore(file)).toMatchObject({
    code: 'bad-file',
    message: `${name} holds a value that is not finite.`,
  });
});

describe('a damaged file', () => {
  /** One of each kind of stored part: fixed, entropy coded, published containers, codebooks. */
  const CODECS = [
    'rans(rtn(bits=3,group=32))',
    'rans(grid(rounding=nearest))',
    'vq(rounds=1)',
    'tenpak-int4',
  ];
  const RUNS = 120;

  describe.each(CODECS)('of %s', (codec) => {
    let file: Uint8Array;
    let whole: Artefact;
    let header: number;
    beforeAll(async () => {
      file = (await compress(twoBlocks, codec, { ...FEW_TOKENS, calibration: null })).file;
      whole = await Artefact.open(file);
      header = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    });

    const check = (damaged: Uint8Array) => expectHarmless(damaged, whole);

    test('cut anywhere is refused', () =>
      fc.assert(
        fc.asyncProperty(fc.nat(file.length - 1), async (length) => {
          expect(await restore(file.slice(0, length))).toMatchObject({ code: 'bad-file' });
        }),
        { numRuns: RUNS, seed: 1 },
      ));

    test('with a byte of its header altered is refused or restored finite', () =>
      fc.assert(
        fc.asyncProperty(fc.nat(header - 1), fc.nat(255), (at, byte) => check(withByte(file, at, byte))),
        { numRuns: RUNS, seed: 2 },
      ));

    test('with a byte of its parts altered is refused or restored finite', () =>
      fc.assert(
        fc.asyncProperty(fc.integer({ min: header, max: file.length - 1 }), fc.nat(255), (at, byte) =>
          check(withByte(file, at, byte)),
        ),
        { numRuns: RUNS, seed: 3 },
      ));

    test('with stretches of its parts overwritten is refused or restored finite', () =>
      fc.assert(
        fc.asyncProperty(
          fc.integer({ min: header, max: file.length - 1 }),
          fc.uint8Array({ minLength: 1, maxLength: 400 }),
          (at, bytes) => check(withBytes(file, at, bytes)),
        ),
        { numRuns: RUNS, seed: 4 },
      ));
  });
});

function withByte(file: Uint8Array, at: number, byte: number): Uint8Array {
  return withBytes(file, at, Uint8Array.of(byte));
}

function withBytes(file: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const copy = file.slice();
  copy.set(bytes.subarray(0, file.length - at), at);
  return copy;
}

test.each(['rans(rtn)', 'rans(grid(rounding=nearest))', 'rft-percentile', 'rft-vertex', 'float16'])(
  'a file of %s that claims a million tokens is refused; at most the table it claims was set aside',
  async (codec) => {
    const recipe = { spec: parseCodec(codec), scope: 'all', rest: 'float16' } as const;
    const options = { ...FEW_TOKENS, calibration: null };
    const { file: bytes } = await compressModel(lab, stories, recipe, options, memorySink());
    gpu.buffers.resetPeak();
    const before = gpu.buffers.liveBytes;
    const table = 'model.embed_tokens.weight';
    const outcome = await restore(withVocabulary(bytes, 2 ** 20), (_, { name }) => name === table);
    expect(outcome).toMatchObject({ code: 'bad-file' });
    const claimed = 4 * 2 ** 20 * stories.shape.width;
    expect(gpu.buffers.peakBytes - before).toBeLessThanOrEqual(claimed + LARGEST_EXPANSION * bytes.length);
    expect(gpu.buffers.liveBytes).toBe(before);
  },
);

/** The same parts under a header that claims more tokens than they hold. */
function withVocabulary(file: Uint8Array, tokens: number): Uint8Array {
  const { metadata, tensors } = parseSafetensors(file);
  const told = parseMetadata(metadata);
  told.config.vocab_size = tokens;
  const stored = [...tensors].map(([name, tensor]) => ({ name, ...tensor }));
  return writeSafetensors(stored, formatMetadata(told));
}

/** A dense float32 weight for at least half a stored bit, and the decoder's working memory. */
const LARGEST_EXPANSION = 128;
/** Far above the time of a whole restoration: a test that takes longer hangs. */
const PATIENCE_MS = 10_000;
/** `unsupported`: the configuration in the header names another model. */
const REFUSALS = ['bad-file', 'unsupported'];

async function expectHarmless(file: Uint8Array, whole: Artefact): Promise<void> {
  gpu.buffers.resetPeak();
  const before = gpu.buffers.liveBytes;
  const started = performance.now();
  const outcome = await restore(
    file,
    async (artefact, tensor) => !(await sameParts(artefact, whole, tensor)),
  );
  expect(performance.now() - started).toBeLessThan(PATIENCE_MS);
  expect(gpu.buffers.peakBytes - before).toBeLessThan(LARGEST_EXPANSION * file.length);
  expect(gpu.buffers.liveBytes).toBe(before);
  if (outcome instanceof LabError) expect(REFUSALS, outcome.message).toContain(outcome.code);
  else expect(outcome).toBe('finite');
}

/** Whether two files store a coded tensor in the same bytes: restoring it again would show nothing. */
async function sameParts(a: Artefact, b: Artefact, tensor: TensorSpec): Promise<boolean> {
  const [first, second] = [a.codecOf(tensor), b.codecOf(tensor)];
  if (!first || !second || formatCodecFully(first.spec) !== formatCodecFully(second.spec)) return false;
  const { parts } = await a.stored(tensor, first);
  const others = (await b.stored(tensor, second)).parts;
  return [...parts].every(([suffix, bytes]) => sameBytes(bytes, others.get(suffix)));
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b?.length === a.length && a.every((byte, i) => byte === b[i]);
}
