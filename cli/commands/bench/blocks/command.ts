import { LabError, throwIfAborted } from '../../../../src/base/errors';
import { grouped } from '../../../../src/base/format';
import { KeyedRandom } from '../../../../src/base/random';
import type { Codec } from '../../../../src/codecs/contract/codec';
import { decodeTensor, encodeTensor } from '../../../../src/codecs/contract/coding';
import { codecMetas, resolveCodec } from '../../../../src/codecs/contract/registry';
import { codecSpec, completeOptions } from '../../../../src/codecs/contract/spec';
import { blockType } from '../../../../src/formats/gguf/blockTypes';
import type { Gpu } from '../../../../src/gpu/gpu';
import { adapterName } from '../../../../src/lab/lab';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { allocateMatrix, releaseMatrix } from '../../../../src/runtime/linear/matrix';
import { runCommand } from '../../../shared/command';
import { BLOCKS_HELP, BLOCKS_COLUMNS, parseBlocks, type BlocksRequest } from './options';
import { blocksTable, type BlockRates } from './report';

/** The stream of the keyed generator from which the weights are drawn. */
const STREAM = 0xb10c;

/** Runs `npm run bench -- blocks`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: BLOCKS_HELP, parse: parseBlocks, execute: bench }, args);
}

async function bench({ weights, adapter }: BlocksRequest, signal: AbortSignal): Promise<number> {
  const lab = await nodeGpuLab(adapter);
  const random = new KeyedRandom(1, STREAM);
  const values = Float32Array.from({ length: weights }, () => 0.05 * random.nextNormal());
  const metas = [...codecMetas.values()].filter(({ storesGguf, assigns }) => storesGguf === true && !assigns);
  const rates: BlockRates[] = [];
  try {
    for (const { id } of metas.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      throwIfAborted(signal);
      process.stderr.write(`${id}\n`);
      rates.push(await ratesOf(lab.gpu, await resolveCodec(codecSpec(id)), values));
    }
  } finally {
    lab.gpu.destroy();
  }
  process.stdout.write(
    `Millions of weights per second, of ${grouped(weights)} weights, on ${adapterName(lab.gpu)} (${lab.runtime}):\n\n` +
      `${blocksTable(rates)}\n`,
  );
  return 0;
}

async function ratesOf(gpu: Gpu, codec: Codec, values: Float32Array): Promise<BlockRates> {
  const { label: name } = codec.meta;
  const type = blockType(name);
  const shape = [values.length / BLOCKS_COLUMNS, BLOCKS_COLUMNS] as const;
  const options = completeOptions(codec.meta, {});
  const context = { gpu, seed: 1 };
  const target = allocateMatrix(gpu, ...shape, name);
  const perSecond = (seconds: number) => values.length / seconds;
  try {
    const [bytes, encode] = await secondTime(async () => type.encode(values));
    const [, decode] = await secondTime(async () => type.decode(bytes));
    const tensor = { name, shape, values };
    const [parts, encodeOnGpu] = await secondTime(() => encodeTensor(codec, tensor, options, context));
    requireEqual(name, bytes, [...parts.values()][0]);
    const [, decodeOnGpu] = await secondTime(() =>
      decodeTensor(codec, { name, shape, options, parts }, target, context),
    );
    return {
      type: name,
      typescript: { encode: perSecond(encode), decode: perSecond(decode) },
      kernels: { encode: perSecond(encodeOnGpu), decode: perSecond(decodeOnGpu) },
    };
  } finally {
    releaseMatrix(gpu.buffers, target);
  }
}

/** Returns the result and the seconds of the second of two calls, since the first also compiles. */
async function secondTime<T>(work: () => Promise<T>): Promise<[result: T, seconds: number]> {
  await work();
  const started = performance.now();
  const result = await work();
  return [result, (performance.now() - started) / 1000];
}

function requireEqual(type: string, expected: Uint8Array, actual: Uint8Array): void {
  if (expected.length === actual.length && expected.every((byte, i) => byte === actual[i])) return;
  throw new LabError(
    'gpu',
    `The kernels and TypeScript encode ${type} to different bytes on this adapter.`,
    'Please report this with the adapter.',
  );
}
