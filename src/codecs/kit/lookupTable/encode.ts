import type { CodecContext, SourceTensor } from '../../contract/codec';
import type { Parts } from '../../contract/parts';
import { gpuJob, type GpuJob } from '../gpuJob';
import { spans, threadGroups, type Span } from '../spans';
import { nestAbsmax } from './absmax';
import type { LookupOptions } from './options';
import { codeBytes, nestedParts, plainParts } from './parts';
import type { LookupTable } from './tables';

interface Result {
  codes: Uint8Array;
  absmax: Float32Array;
}

/** Encodes in spans of whole blocks, so that no binding exceeds the device's limit. */
export async function encodeLookup(
  tensor: SourceTensor,
  options: LookupOptions,
  table: LookupTable,
  context: CodecContext,
): Promise<Parts> {
  const { block, double } = options;
  const elements = tensor.values.length;
  const result: Result = {
    codes: new Uint8Array(codeBytes(elements)),
    absmax: new Float32Array(Math.ceil(elements / block)),
  };
  for (const span of spans(elements, context.gpu.maxBindingBytes / 4, block))
    await gpuJob(context, (job) => encodeSpan(tensor, span, block, table, context, job, result));
  return double
    ? nestedParts(result.codes, nestAbsmax(result.absmax))
    : plainParts(result.codes, result.absmax);
}

async function encodeSpan(
  tensor: SourceTensor,
  span: Span,
  block: number,
  table: LookupTable,
  context: CodecContext,
  job: GpuJob,
  result: Result,
): Promise<void> {
  const { gpu } = context;
  const blocks = Math.ceil(span.count / block);
  // Zero-filled up to whole blocks: zeros change no maximum.
  const weights = job.scope.allocate(blocks * block * 4, `${tensor.name} weights`);
  gpu.buffers.write(weights, tensor.values.subarray(span.first, span.first + span.count));
  const absmax = job.scope.allocate(blocks * 4, `${tensor.name} absmax`);
  const codes = job.scope.allocate(codeBytes(span.count), `${tensor.name} codes`);
  job.recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/lookupTable/absmax' }), {
    params: { blocks, quads: block / 4 },
    bindings: { weights, absmax },
    workgroups: threadGroups(blocks),
    cost: span.count,
  });
  job.recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/lookupTable/encode' }), {
    params: {
      count: span.count,
      block,
      boundaryCount: table.boundaries.length,
      signMagnitude: Number(table.signMagnitude),
    },
    bindings: {
      weights,
      absmax,
      codes,
      boundaries: job.scope.upload(table.boundaries, 'boundaries'),
      codeOfRank: job.scope.upload(table.codes, 'codes by rank'),
    },
    workgroups: threadGroups(codeBytes(span.count) / 4),
    cost: span.count * 3 * table.boundaries.length,
  });
  await job.run();
  result.codes.set(await job.read(codes, codeBytes(span.count)), span.first / 2);
  result.absmax.set(new Float32Array((await job.read(absmax, blocks * 4)).buffer), span.first / block);
}
