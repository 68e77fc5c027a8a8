import type { CodecContext } from '../../contract/codec';
import type { Source } from '../../contract/defineCodec';
import { gpuJob, type GpuJob } from '../gpuJob';
import { spans, type Span } from '../spans';
import { nestAbsmax } from './absmax';
import { nibbleBytes, storeLookup, type LookupLayout, type LookupParts } from './layout';
import type { LookupTable } from './tables';

interface Encoded {
  codes: Uint8Array;
  absmax: Float32Array;
}

/** Encodes in WGSL by spans of whole blocks, so that no binding exceeds the device's limit. @throws Cancelled */
export async function encodeLookup(
  source: Source<LookupLayout>,
  table: LookupTable,
  context: CodecContext,
): Promise<LookupParts> {
  const { elements, block, blocks, double } = source.layout;
  const encoded = { codes: new Uint8Array(nibbleBytes(elements)), absmax: new Float32Array(blocks) };
  for (const span of spans(elements, context.gpu.maxBindingBytes / 4, block))
    await gpuJob(context, (job) => encodeSpan(job, source, span, table, encoded));
  return storeLookup(encoded.codes, double ? nestAbsmax(encoded.absmax) : encoded.absmax);
}

async function encodeSpan(
  { gpu, scope, dispatch, run, read, readFloats }: GpuJob,
  { name, values, layout: { block } }: Source<LookupLayout>,
  { first, count }: Span,
  table: LookupTable,
  encoded: Encoded,
): Promise<void> {
  const blocks = Math.ceil(count / block);
  // The buffer is filled up with zeros to whole blocks, which does not change the maxima.
  const weights = scope.allocate(blocks * block * 4, `${name} weights`);
  gpu.buffers.write(weights, values.subarray(first, first + count));
  const absmax = scope.allocate(blocks * 4, `${name} absmax`);
  const codes = scope.allocate(nibbleBytes(count), `${name} codes`);
  await dispatch('codecs/kit/lookupTable/absmax', {
    params: { blocks, quads: block / 4 },
    bindings: { weights, absmax },
    threads: blocks,
    cost: count,
  });
  const { boundaries, codes: codeOfRank, signMagnitude } = table;
  await dispatch('codecs/kit/lookupTable/encode', {
    params: { count, block, boundaryCount: boundaries.length, signMagnitude: Number(signMagnitude) },
    bindings: {
      weights,
      absmax,
      codes,
      boundaries: scope.upload(boundaries, 'boundaries'),
      codeOfRank: scope.upload(codeOfRank, 'codes by rank'),
    },
    threads: nibbleBytes(count) / 4,
    cost: count * 3 * boundaries.length,
  });
  await run();
  encoded.codes.set(await read(codes, nibbleBytes(count)), first / 2);
  encoded.absmax.set(await readFloats(absmax), first / block);
}
