import type { DenseMatrix } from '../../../runtime/linear/matrix';
import type { CodecContext } from '../../contract/codec';
import type { Coded } from '../../contract/defineCodec';
import { damaged } from '../../contract/parts';
import { fillBySpans } from '../fillTarget';
import type { GpuJob } from '../gpuJob';
import { byteWindow, type PartSpan } from '../spans';
import { findNonFinite32 } from '../storedFloats';
import { NESTED_BLOCK } from '../../../formats/quantised/lookup';
import { DYNAMIC_MAP } from './absmax';
import { readAbsmax, type LookupLayout, type LookupParts, type StoredAbsmax } from './layout';
import type { LookupTable } from './tables';

const FLOAT32_MAX = 2 ** 128 - 2 ** 104;

/** Blocks [first, first + count) that a span of weights touches. */
interface BlockRange {
  first: number;
  count: number;
}

/** Decodes in WGSL. @throws LabError bad-file for block maxima that do not give finite weights; Cancelled */
export async function decodeLookup(
  { name, layout, parts }: Coded<LookupLayout, LookupParts>,
  table: LookupTable,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const absmax = readAbsmax(layout, parts);
  checkAbsmax(name, parts, absmax);
  const stored = { codes: parts.codes, absmax, block: layout.block };
  await fillBySpans(target, context, (job, span) => recordDecode(job, stored, span, table));
}

/** Checks that block maxima are finite, and that nested scale and offset do not add up to infinity. */
function checkAbsmax(name: string, parts: LookupParts, absmax: StoredAbsmax): void {
  if (absmax instanceof Float32Array) return checkFinite(name, parts, 'absmax');
  checkFinite(name, parts, 'nested_absmax');
  checkFinite(name, parts, 'nested_offset');
  const { scales, offset } = absmax;
  const index = scales.findIndex((scale) => Math.abs(scale) + Math.abs(offset) > FLOAT32_MAX);
  if (index >= 0) throw damaged(name, `nested_absmax ${index} is beyond float32`);
}

function checkFinite(name: string, parts: LookupParts, suffix: keyof LookupParts): void {
  const index = findNonFinite32(parts[suffix]!);
  if (index >= 0) throw damaged(name, `${suffix} ${index} is not a finite number`);
}

async function recordDecode(
  job: GpuJob,
  { codes, absmax, block }: { codes: Uint8Array; absmax: StoredAbsmax; block: number },
  span: PartSpan,
  table: LookupTable,
): Promise<void> {
  const { scope, dispatch } = job;
  const end = span.first + span.count;
  const first = Math.floor(span.first / block);
  const range = { first, count: Math.ceil(end / block) - first };
  const codeWindow = byteWindow(codes, span.first >> 1, Math.ceil(end / 2) - (span.first >> 1));
  const maxima = await absmaxBuffer(job, absmax, range);
  await dispatch('codecs/kit/lookupTable/decode', {
    params: {
      count: span.count,
      first: span.offset,
      codeShift: codeWindow.shift * 2 + (span.first & 1),
      blockShift: span.first - first * block,
      block,
      offset: absmax instanceof Float32Array ? 0 : absmax.offset,
    },
    bindings: {
      codes: scope.upload(codeWindow.bytes, 'codes'),
      absmax: maxima,
      levels: scope.upload(table.levels, 'levels'),
      out: span.part.buffer,
    },
    threads: span.count,
    cost: span.count * 8,
  });
}

/** Makes a buffer of the maxima of a range of blocks, without the offset, which the decode kernel adds. */
async function absmaxBuffer(
  { scope, dispatch }: GpuJob,
  absmax: StoredAbsmax,
  { first, count }: BlockRange,
): Promise<GPUBuffer> {
  const end = first + count;
  if (absmax instanceof Float32Array) return scope.upload(absmax.subarray(first, end), 'absmax');
  const codes = byteWindow(absmax.codes, first, count);
  const nested = Math.floor(first / NESTED_BLOCK);
  const products = scope.allocate(count * 4, 'absmax');
  await dispatch('codecs/kit/lookupTable/unnest', {
    params: { count, codeShift: codes.shift, scaleShift: first - nested * NESTED_BLOCK },
    bindings: {
      codes: scope.upload(codes.bytes, 'absmax codes'),
      scales: scope.upload(absmax.scales.subarray(nested, Math.ceil(end / NESTED_BLOCK)), 'nested absmax'),
      levels: scope.upload(DYNAMIC_MAP, 'dynamic map'),
      products,
    },
    threads: count,
    cost: count * 8,
  });
  return products;
}
