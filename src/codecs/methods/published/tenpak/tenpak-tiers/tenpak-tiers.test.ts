import { expect, test } from 'vitest';
import { Cancelled } from '../../../../../base/errors';
import type { CodecOptions, CodecSpec } from '../../../../contract/meta';
import { partBytes } from '../../../../contract/parts';
import type { AssignRequest, AssignTensor, Trial } from '../../../../contract/assigner';
import { completeOptions } from '../../../../contract/spec';
import int4 from '../tenpak-int4/codec';
import assigner from './codec';
import meta from './meta';
import { normalised, positionSensitivity } from './sensitivity';
import { tierBytes, tierOf } from './tiers';

/** TinyLlama: 22 blocks of seven matrices, and the head. */
function tinyLlama(): AssignTensor[] {
  const names = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
  const blocks = Array.from({ length: 22 }, (_, block) =>
    names.map((name, i): AssignTensor => ({
      name: `model.layers.${block}.${name}.weight`,
      matrix: [64, 64],
      role: i < 4 ? 'attention' : 'mlp',
      block,
    })),
  );
  return [...blocks.flat(), { name: 'lm_head.weight', matrix: [64, 64], role: 'head' }];
}

test('the published example: 27 + 68 + 51 + 9 of 155 tensors', () => {
  const tensors = tinyLlama();
  const values = normalised(tensors.map((tensor) => positionSensitivity(tensor, 22)));
  const counts = [0, 0, 0, 0];
  for (const value of values) counts[tierOf('seed', value)]++;
  expect(counts).toEqual([27, 68, 51, 9]);
});

test.each([
  ['seed', [16, 12, 8, 7]],
  ['code', [16, 8, 4.25, 4.125]],
] as const)('true bits per weight of the tiers of %s', (table, bits) => {
  const shape = [256, 1024] as const;
  const found = bits.map((_, tier) => (8 * tierBytes(shape, table, tier)) / (256 * 1024));
  expect(found).toEqual(bits);
});

test('every c_proj of GPT-2 counts as an output, as the heuristic goes by name', () => {
  const tensor = (name: string): AssignTensor => ({ name, matrix: [1, 1], role: 'mlp', block: 6 });
  expect(positionSensitivity(tensor('transformer.h.6.mlp.c_proj.weight'), 12)).toBeCloseTo(0.36, 12);
  expect(positionSensitivity(tensor('transformer.h.6.mlp.c_fc.weight'), 12)).toBeCloseTo(0.24, 12);
});

const int4Bytes = (options: CodecOptions) =>
  int4.layout([64, 64], options).reduce((sum, part) => sum + partBytes(part), 0);

/** Errors fall by four per bit; a matrix of 4096 weights takes 512 bytes per bit. */
function request(change: Partial<AssignRequest> = {}): AssignRequest {
  const bitsOf = ({ id, options }: CodecSpec): number =>
    id === 'rtn' ? Number(options.bits) + 1 : (8 * int4Bytes(options)) / 4096;
  const trial = (_: string, spec: CodecSpec): Promise<Trial> =>
    Promise.resolve({ bytes: 512 * bitsOf(spec), squaredError: 4 ** -bitsOf(spec) });
  const lossRise = (name: string) => Promise.resolve(name.includes('down_proj') ? 1 : 0.05);
  const tensors = tinyLlama();
  const shape = {} as AssignRequest['shape'];
  const file = () => expect.unreachable();
  return { shape, tensors, blocks: 22, parameters: 1, otherBytes: 0, trial, lossRise, file, ...change };
}

const options = (mode: string, sensitivity: string) => completeOptions(meta, { mode, sensitivity });

test('sensitivity=loss: what raises the loss most gets the most bits', async () => {
  const plan = await assigner.assign(request(), options('faithful', 'loss'));
  expect(plan.get('model.layers.3.down_proj.weight')!.options).toMatchObject({
    group: '8',
    residual: 'int4',
  });
  expect(plan.get('model.layers.3.q_proj.weight')!.options).toMatchObject({ group: '64', residual: 'int2' });
});

test('corrected: the faithful plan’s bytes are not exceeded, and its distortion is lower', async () => {
  const asked = request();
  const cost = async (mode: string) => {
    const plan = await assigner.assign(asked, options(mode, 'loss'));
    let [bytes, distortion] = [0, 0];
    for (const [name, spec] of plan) {
      const trial = await asked.trial(name, spec);
      bytes += trial.bytes;
      distortion += (await asked.lossRise(name, spec)) * trial.squaredError;
    }
    return { bytes, distortion };
  };
  const [faithful, corrected] = [await cost('faithful'), await cost('corrected')];
  expect(corrected.bytes).toBeLessThanOrEqual(faithful.bytes);
  expect(corrected.distortion).toBeLessThan(faithful.distortion);
});

test('a loss that is not a number is an error with the tensor’s name; Stop cancels', async () => {
  const broken = request({ lossRise: () => Promise.resolve(NaN) });
  await expect(assigner.assign(broken, options('faithful', 'loss'))).rejects.toThrow(
    'model.layers.0.q_proj.weight is not a number',
  );
  const stopped = request({ signal: AbortSignal.abort() });
  await expect(assigner.assign(stopped, options('corrected', 'position'))).rejects.toBeInstanceOf(Cancelled);
});
