import { afterAll, describe, expect, test } from 'vitest';
import { parseCodec } from '../codecs/contract/spec';
import { goldenModel } from '../testing/golden/lab';
import { testGpu } from '../testing/gpu';
import { compress } from './compress';
import { Artefact } from './read';
import { memorySink } from './sink';
import { bothLabs, compressed, expectSameArtefacts } from './testing/hostArtefacts';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));
const labs = await bothLabs(gpu);

/** One codec of each kind. All of them are compared in hostProcessor.large.test.ts, since compiling their shaders takes a minute. */
const CODECS = [
  ...['float16', 'bfloat16', 'rtn(bits=3,group=32)', 'rtn(bits=8,group=row)', 'rtn-float32', 'nf4', 'fp4'],
  ...['int8-outlier-columns', 'ternary', 'tq1-0', 'tq2-0', 't81', 'rft-percentile', 'tenpak-int4'],
  ...['rans(rtn)', 'hadamard(rtn)', 'gptq', 'awq', 'smoothquant', 'tenpak-awq', 'rans(awq)'],
];

describe('a lab without an adapter writes the artefacts of one with an adapter', () => {
  test.each(CODECS)('%s', (text) => expectSameArtefacts(labs, parseCodec(text)));
});

describe('errors of references name the tensor', () => {
  const { processor } = labs.onHost;

  test.each([
    ['not-finite', NaN],
    ['bad-input', 3e38],
  ])('%s', async (code, value) => {
    const model = goldenModel('gpt2');
    const tensor = async (spec: Parameters<typeof model.tensor>[0]) =>
      (await model.tensor(spec)).fill(spec.name === 'wte' || spec.matrix[0] > 1 ? value : 0);
    const recipe = { spec: parseCodec('rtn'), scope: 'linear', rest: 'float32' } as const;
    const context = { processor, seed: 1 };
    const failure = compress({ ...model, tensor }, recipe, undefined, memorySink(), context);
    await expect(failure).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^transformer\.h\.0\./) as string,
    });
  });

  test('a damaged file', async () => {
    const artefact = await Artefact.open(await compressed(labs.onHost, parseCodec('rans(rtn)')));
    const tensor = artefact.shape.tensors.find((spec) => artefact.codecOf(spec))!;
    const { codec } = artefact.codecOf(tensor)!;
    const stored = await artefact.stored(tensor, artefact.codecOf(tensor)!);
    const damaged = new Map([...stored.parts].map(([suffix, part]) => [suffix, part.map(() => 0xff)]));
    const failure = processor.decode(codec, { ...stored, parts: damaged });
    await expect(failure).rejects.toMatchObject({
      code: 'bad-file',
      message: expect.stringContaining(tensor.name) as string,
    });
  });
});
