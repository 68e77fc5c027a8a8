import { describe, expect, test } from 'vitest';
import stories260K from '../../../public/models/stories260K/config.json';
import type { Processor } from '../../artefact/processor';
import { resolveCodec } from '../../codecs/contract/registry';
import { parseCodec, parseCodecs } from '../../codecs/contract/spec';
import { forwardFlops, gramFlops } from '../../models/flops';
import { architectureFor } from '../../models/registry';
import { encodeCorrection, recordEncoding } from './encodeSpeed';
import { calibrationWork, compressMs, encodeWork, type CostContext } from './encodeCost';
import { estimateTime } from './time';
import type { DeviceSpeed } from './deviceSpeed';
import { buildPlan, EMBEDDED_NAMES } from '../plan/build';

/** 5 blocks: query, key, value and output read 64 numbers, gate and up 64, down 172; the head is tied. */
const shape = architectureFor(stories260K).configure(stories260K);
/** Weights of the linear layers of 5 blocks: query and output 64 × 64, key and value 32 × 64, gate, up and down 172 × 64. */
const LINEAR_WEIGHTS = 5 * (2 * 64 * 64 + 2 * 32 * 64 + 3 * 172 * 64);
const deviceSpeed: DeviceSpeed = {
  flopsPerSecond: 1e9,
  calibrateFlopsPerSecond: 1e9,
  encodeFlopsPerSecond: 1e9,
  encodesByReferences: false,
  encodeCorrection: 1,
  dispatchMs: 0,
  waitMs: 0,
};
const context: CostContext = { shape, scope: 'linear', deviceSpeed, length: 128, calibrationWindows: 8 };

test('Gram matrices of every distinct input: 2·T·in² each', () => {
  // Query, key and value share one input, gate and up another.
  expect(gramFlops(shape, 8, 128)).toBe(2 * 1024 * (5 * (3 * 64 ** 2 + 172 ** 2) + 64 ** 2));
});

test('through compressed layers every block runs twice and its inputs are collected once', () => {
  const forward = forwardFlops(shape, 8, 128);
  const gram = gramFlops(shape, 8, 128);
  expect(calibrationWork(shape, 8, 128)).toEqual({ float: forward + gram, walk: 2 * forward + gram });
});

test('GPTQ factors each input once on the host, 2/3·in³, and feeds errors back on the GPU', async () => {
  const spec = parseCodec('gptq');
  const { host, gpu } = encodeWork(shape, 'linear', await resolveCodec(spec), spec);
  expect(host).toBeCloseTo((2 / 3) * 5 * (3 * 64 ** 3 + 172 ** 3), -1);
  // At least the operations of the products, since every error reaches all later columns.
  const products = 5 * (64 * 64 * 2 * 64 + 2 * 32 * 64 * 64 + 2 * 172 * 64 * 64 + 64 * 172 * 172);
  expect(gpu).toBeGreaterThan(products / 2);
  expect(gpu).toBeLessThan(8 * products);
});

describe('time of a codec', () => {
  test('a search over a grid takes longer than error feedback, which takes longer than rounding', async () => {
    const ms: number[] = [];
    for (const spec of parseCodecs('rtn;gptq;awq;aqlm')) ms.push(await compressMs(context, spec));
    expect([...ms].sort((a, b) => a - b)).toEqual(ms);
  });

  test('without an adapter every weight is packed, restored and compared by the processor', async () => {
    const [rtn] = parseCodecs('rtn');
    const references = { ...context, deviceSpeed: { ...deviceSpeed, encodesByReferences: true } };
    const more = (await compressMs(references, rtn)) - (await compressMs(context, rtn));
    // 35 tensors at 1.5 instead of 8 ms, and 340 operations a weight at 10⁹ per second.
    expect(more).toBeCloseTo(35 * (1.5 - 8) + (340 * LINEAR_WEIGHTS) / 1e6, 6);
  });

  test('an allocation tries every candidate on every tensor', async () => {
    const [rtn] = parseCodecs('rtn(scheme=asymmetric,clip=true)');
    const [allocate] = parseCodecs('allocate(sensitivity=weight)');
    // 7 widths in 3 groupings; a trial takes less than a tensor of the file.
    const ratio = (await compressMs(context, allocate)) / (await compressMs(context, rtn));
    expect(ratio).toBeGreaterThan(7);
    expect(ratio).toBeLessThan(23);
  });

  test('the pieces of a plan add up to its total; draws repeat calibrated codecs alone', async () => {
    const fields = { model: 'stories260K', codec: parseCodecs('rtn;gptq'), verdict: false };
    const units = { sequences: 32, length: 128 };
    const once = await estimateTime(shape, buildPlan(fields, EMBEDDED_NAMES), units, deviceSpeed);
    const sum = [...once.codecs.values()].reduce((total, piece) => total + piece.total, once.baseline);
    expect(once.total).toBeCloseTo(sum, 6);
    const thrice = await estimateTime(
      shape,
      buildPlan({ ...fields, draws: 3 }, EMBEDDED_NAMES),
      units,
      deviceSpeed,
    );
    const [[rtn, plain], [gptq, calibrated]] = once.codecs;
    expect(thrice.codecs.get(rtn)!.total).toBe(plain.total);
    expect(thrice.codecs.get(gptq)!.total).toBeGreaterThan(3 * calibrated.total);
  });
});

test('timing tokens takes its time in every measurement', async () => {
  const fields = { model: 'stories260K', codec: parseCodecs('rtn;nf4'), verdict: false };
  const units = { sequences: 32, length: 128 };
  const of = (latency: number | 'off') =>
    estimateTime(shape, buildPlan({ ...fields, latency }, EMBEDDED_NAMES), units, deviceSpeed);
  const [off, on, twice] = [await of('off'), await of(100), await of(200)];
  expect(off.latency).toBe(0);
  expect(on.latency).toBeGreaterThan(0);
  expect(twice.latency).toBeCloseTo(2 * on.latency, 9);
  expect(on.total - off.total).toBeCloseTo(3 * on.latency, 6);
});

describe('engines of different speed', () => {
  const plan = buildPlan(
    { model: 'stories260K', codec: parseCodecs('rtn;gptq'), verdict: true },
    EMBEDDED_NAMES,
  );
  const units = { sequences: 32, length: 128 };
  const estimate = (change: Partial<DeviceSpeed>) =>
    estimateTime(shape, plan, units, { ...deviceSpeed, ...change });

  test('a faster processor for models shortens evaluations alone', async () => {
    const [slow, fast] = [await estimate({}), await estimate({ flopsPerSecond: 8e9 })];
    expect(fast.baseline).toBeCloseTo(slow.baseline / 8, 6);
    expect(fast.codecs.get('gptq(bits=4,group=128)')!.uncorrected).toBe(
      slow.codecs.get('gptq(bits=4,group=128)')!.uncorrected,
    );
  });

  test('slower encoding lengthens compression alone, and what was measured corrects it', async () => {
    const [before, slow] = [await estimate({}), await estimate({ encodeFlopsPerSecond: 1e8 })];
    const corrected = await estimate({ encodeCorrection: 3 });
    const compressed = ({ codecs }: typeof before) => {
      const { total, compressShare } = codecs.get('rtn(bits=4,group=32)')!;
      return total * compressShare;
    };
    expect(slow.baseline).toBe(before.baseline);
    expect(compressed(slow)).toBeGreaterThan(compressed(before));
    expect(corrected.baseline).toBe(before.baseline);
    expect(corrected.codecs.get('gptq(bits=4,group=128)')!.total).toBeGreaterThan(
      before.codecs.get('gptq(bits=4,group=128)')!.total,
    );
  });

  test('a search by the references takes as long as it takes them, whatever encodes', async () => {
    const [slow, fast] = [
      await estimate({ searchFlopsPerSecond: 1e9 }),
      await estimate({ searchFlopsPerSecond: 1e10 }),
    ];
    const same = await estimate({ searchFlopsPerSecond: 1e10, encodeCorrection: 3 });
    const search = ({ opponent }: typeof slow) => opponent;
    expect(search(slow)).toBeGreaterThan(search(fast));
    // Five recipes of 16 operations for 26 ranges and each weight of the linear layers, on average.
    expect(search(slow) - search(fast)).toBeCloseTo((5 * 16 * 26 * LINEAR_WEIGHTS * 0.9) / 1e6, 6);
    expect(search(same)).toBeGreaterThan(search(fast));
  });

  test('the correction is what was measured over what was estimated, within limits', () => {
    const processor = {} as Processor;
    expect(encodeCorrection(processor)).toBe(1);
    recordEncoding(processor, 100, 150);
    recordEncoding(processor, 100, 450);
    expect(encodeCorrection(processor)).toBe(3);
    recordEncoding(processor, 0, 1e9);
    expect(encodeCorrection(processor)).toBe(3);
    recordEncoding(processor, 1, 1e9);
    expect(encodeCorrection(processor)).toBe(10);
  });
});
