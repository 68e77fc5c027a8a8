import { Float16Array } from '@petamoriken/float16';
import { expect, test } from 'vitest';
import { halvesToFloats } from '../../../../base/float16';
import { KeyedRandom } from '../../../../base/random';
import { testGpu } from '../../../../testing/gpu';
import { encodeTensor } from '../../../contract/coding';
import { bits16Of } from '../../../kit/storedFloats';
import { decodeOnGpu, TENSOR } from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import { partOf } from '../../../../testing/parts';
import codec from './codec';

const gpu = await testGpu();

describeCodec(codec, [{}]);

test('all finite halves are stored exactly, including signs of zero', async () => {
  const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((p) => (p & 0x7c00) !== 0x7c00);
  const values = halvesToFloats(patterns);
  const shape = [2, values.length / 2] as const;
  const parts = await encodeTensor(codec, { name: TENSOR, shape, values }, {}, { gpu, seed: 1 });
  expect(bits16Of(partOf(parts, 'values'))).toEqual(patterns);
  const decoded = await decodeOnGpu(gpu, codec, { name: TENSOR, shape, options: {}, parts });
  expect(new Uint32Array(decoded.buffer)).toEqual(new Uint32Array(values.buffer));
});

test('float32 of every exponent, ties and neighbours of ties round as @petamoriken/float16 does', async () => {
  const random = new KeyedRandom(5, 1);
  const overflow = 0x477ff000;
  const patterns = Uint32Array.from({ length: 1 << 17 }, (_, i) => {
    const bits = random.nextUint32() & 0x7fffffff;
    const tie = (bits & ~0x1fff) + 0x1000 + ((i >> 2) % 3) - 1;
    const magnitude = (i & 1 ? tie : bits) % overflow;
    return ((i & 2 ? 0x80000000 : 0) | magnitude) >>> 0;
  });
  const values = new Float32Array(patterns.buffer);
  const shape = [1, values.length] as const;
  const parts = await encodeTensor(codec, { name: TENSOR, shape, values }, {}, { gpu, seed: 1 });
  const expected = new Uint16Array(new Float16Array(values).buffer);
  expect(bits16Of(partOf(parts, 'values'))).toEqual(expected);
});

test('a weight beyond 65,504 is refused by name', async () => {
  const values = Float32Array.of(1, 65519.99, -65520);
  const tensor = { name: TENSOR, shape: [1, 3] as const, values };
  const failure = encodeTensor(codec, tensor, {}, { gpu, seed: 1 });
  await expect(failure).rejects.toThrow(`${TENSOR} holds -65520, which float16 cannot store`);
  values[2] = 0;
  await expect(encodeTensor(codec, tensor, {}, { gpu, seed: 1 })).resolves.toBeInstanceOf(Map);
});
