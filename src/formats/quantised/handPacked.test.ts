import { describe, expect, test } from 'vitest';
import { toFloat32 } from '../safetensors/read';
import { QUANTISED_FORMATS } from './formats';
import { HAND_PACKED, handPackedTensors, type HandPacked } from './testing/handPacked';

async function opened(packed: HandPacked, conv1d = false) {
  const format = await QUANTISED_FORMATS[packed.method]();
  const { settings } = packed;
  return format.open({ settings, tensors: await handPackedTensors(packed), isConv1d: () => conv1d });
}

async function weights(packed: HandPacked, conv1d = false) {
  const tensor = (await opened(packed, conv1d)).tensors.get('m.weight')!;
  return { shape: tensor.shape, values: [...toFloat32({ dtype: tensor.dtype, bytes: await tensor.read() })] };
}

const packedAs = (title: string) => HAND_PACKED.find((packed) => packed.title.startsWith(title))!;

describe.each(HAND_PACKED)('$title', (packed) => {
  test('gives the weights it was packed from', async () => {
    expect(await weights(packed)).toEqual({ shape: [8, 32], values: packed.weights });
  });

  test.each(
    packed.tensors.map(({ name }) => name).filter((name) => !/g_idx|zero_point|weight_format/.test(name)),
  )('is refused without %s', async (name) => {
    const tensors = packed.tensors.filter((tensor) => tensor.name !== name);
    await expect(opened({ ...packed, tensors })).rejects.toMatchObject({ code: 'bad-file' });
  });
});

const quantisesConv1d = ({ method }: HandPacked) => ['gptq', 'awq', 'bitsandbytes'].includes(method);

test.each(HAND_PACKED.filter(quantisesConv1d))('$title gives the transpose for a Conv1D', async (packed) => {
  const { shape, values } = await weights(packed, true);
  expect(shape).toEqual([32, 8]);
  expect(values).toEqual(Array.from({ length: 256 }, (_, at) => packed.weights[(at % 8) * 32 + (at >> 3)]));
});

test.each(HAND_PACKED.filter((packed) => !quantisesConv1d(packed)))(
  '$title refuses a Conv1D',
  async (packed) => {
    await expect(opened(packed, true)).rejects.toThrow(/"m" is a Conv1D and not a Linear/);
  },
);

test('a range of a restored tensor is that part of its bytes', async () => {
  const tensor = (await opened(packedAs('MLX'))).tensors.get('m.weight')!;
  expect(await tensor.read(40, 100)).toEqual((await tensor.read()).slice(40, 100));
});

test('the note says that a runtime quantises activations too', async () => {
  expect((await opened(packedAs('compressed-tensors, int'))).note).toMatch(/quantise activations/);
  expect((await opened(packedAs('compressed-tensors, pack'))).note).toBeUndefined();
});

test('a weight_g_idx of -1 stands for inputs in their order', async () => {
  const packed = packedAs('compressed-tensors, pack');
  const tensors = packed.tensors.map((tensor) =>
    tensor.name === 'm.weight_g_idx' ? { ...tensor, bytes: new Uint8Array(128).fill(255) } : tensor,
  );
  const { values } = await weights({ ...packed, tensors });
  // Inputs 0 and 2 are in the first group in both cases, inputs 1 and 16 change theirs.
  expect(values.slice(0, 3).map((value, i) => value === packed.weights[i])).toEqual([true, false, true]);
});

describe('damaged checkpoints are refused', () => {
  test('a group that does not exist', async () => {
    const packed = packedAs('GPTQ, 8 bits, version 1');
    const index = packed.tensors.find(({ name }) => name === 'm.g_idx')!;
    const bytes = index.bytes.slice();
    bytes[0] = 2;
    const tensors = packed.tensors.map((tensor) => (tensor === index ? { ...tensor, bytes } : tensor));
    await expect(weights({ ...packed, tensors })).rejects.toThrow(/"m.g_idx" puts input 0 into group 2 of 2/);
  });

  test('zero points that version 1 of GPTQ cannot store', async () => {
    const packed = packedAs('GPTQ, 4 bits, version 1');
    const tensors = packed.tensors.map((tensor) =>
      tensor.name === 'm.qzeros' ? { ...tensor, bytes: new Uint8Array(4).fill(255) } : tensor,
    );
    await expect(weights({ ...packed, tensors })).rejects.toThrow(/zero points of "m" were destroyed/);
  });
});
