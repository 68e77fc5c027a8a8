import { expect, test } from 'vitest';
import { syntheticInputs } from '../../../../calibrate/testing/inputs';
import { parametersAt, roundedInput } from '../../../../models/inputRounding';
import { spiked } from '../../../../testing/spiked';
import { expectClose } from '../../../../testing/close';
import { testGpu } from '../../../../testing/gpu';
import { describeCodec } from '../../../conformance/conformance';
import { completeOptions } from '../../../contract/spec';
import rtn from '../../integer/rtn/codec';
import wrapper from './codec';
import { readTimes } from './table';
import type { TimeGroupOptions } from './options';

const codec = wrapper.wrap(rtn, completeOptions(rtn.meta, { bits: 4, group: '32' }));

describeCodec(codec, [{}]);

const gpu = await testGpu();

test('the kernel rounds each image by the group of its time step, exactly as defined', async () => {
  const [outputs, columns, rowsPerImage] = [6, 20, 3];
  const timesteps = [0, 249, 250, 999];
  const inputs = syntheticInputs(gpu, columns);
  const options = completeOptions(wrapper.meta, { groups: 3, activations: 6 });
  const values = Float32Array.from({ length: outputs * columns }, (_, i) => (i % 21 === 0 ? 1 : 0));
  const tensor = { name: 'w', shape: [outputs, columns] as const, values };
  const parts = await codec.encode(tensor, options, { gpu, seed: 1, inputs: inputs.gpu });
  const layer = (await codec.linear!({ ...tensor, options, parts }, { gpu, seed: 1 }))!;
  const rounding = readTimes('w', parts.get('times')!, options as unknown as TimeGroupOptions);
  expect(rounding.times).toHaveLength(3);
  const scope = gpu.buffers.scope();
  const recorder = gpu.recorder();
  const rows = timesteps.length * rowsPerImage;
  const xs = spiked(rows * columns, 3);
  const y = { buffer: scope.allocate(4 * rows * outputs, 'y'), stride: outputs, column: 0, width: outputs };
  await layer.record({
    ...{ gpu, recorder, rows, y },
    x: { buffer: scope.upload(xs, 'x'), stride: columns, column: 0, width: columns },
    times: { buffer: scope.upload(Uint32Array.from(timesteps), 'times'), rowsPerImage },
  });
  await gpu.stream.run(recorder.commands);
  const actual = new Float32Array(await gpu.stream.read(y.buffer, 4 * rows * outputs));
  // The weights pick single columns, so that outputs are rounded inputs.
  const decoded = codec.reference.decode(parts, tensor.shape, options);
  const expected = Float32Array.from({ length: rows * outputs }, (_, i) => {
    const [row, out] = [Math.floor(i / outputs), i % outputs];
    const parameters = parametersAt(rounding, timesteps[Math.floor(row / rowsPerImage)]);
    return roundedInput(xs[row * columns + out], parameters, rounding.maxCode) * decoded[out * 21];
  });
  expectClose(actual, expected, { abs: 0, rel: 1e-6 });
  recorder.dispose();
  scope.dispose();
  layer.dispose();
  inputs.dispose();
  expect(gpu.buffers.liveCount).toBe(0);
});
