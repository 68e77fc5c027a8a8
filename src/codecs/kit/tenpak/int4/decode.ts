import { LabError } from '../../../../base/errors';
import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext, CodedTensor } from '../../../contract/codec';
import { type Parts, damaged } from '../../../contract/parts';
import { checkStoredScales, findNonFinite16, findNonFinite32, HALF_EXPONENT } from '../../storedFloats';
import { gpuJob, type GpuJob } from '../../gpuJob';
import { spans, threadGroups, type Span } from '../../spans';
import { recordHadamard, recordScale, recordScatter } from './gpuQuantise';
import { bytesOfCodes, ENLARGEMENT, headerOf, REDUCTION, spanAlign } from './layout';
import { methodOf } from './methods';
import { indexRange, storedIndices } from './outliers';
import { asRead } from './residualOrder';

/** Operations per weight, as the command stream counts work. */
const COST = 24;
/** Bound where a method stores nothing; never read. */
const NOTHING = new Uint8Array(4);

/** Stored bytes, checked, with all that decoding one flattened tensor needs. */
export interface Opened {
  parts: Parts;
  group: number;
  residualBits: number;
  /** float32 instead of float16 ranges. */
  wide: boolean;
  factor: number;
  hadamard: boolean;
  indices: Uint32Array;
  outliers: Float32Array;
  /** What restored weights are multiplied by, column by column. */
  columnFactors?: Float32Array;
}

/** WGSL decode. @throws LabError bad-file */
export async function decodeInt4(
  stored: CodedTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  await decodeOpened(open(stored), target, context);
}

function open({ name, shape, options, parts: stored }: CodedTensor): Opened {
  const method = methodOf(options);
  if (method.header) checkHeader(name, stored.get('header')!, headerOf(shape, method));
  const parts = method.misread ? misread(name, stored) : stored;
  for (const suffix of ['scales', 'offsets', 'residualScales', 'residualOffsets'])
    if (parts.has(suffix)) checkStoredScales(name, parts.get(suffix)!);
  const outliers = parts.get('outliers') ?? new Uint8Array();
  const bad = findNonFinite32(outliers);
  if (bad >= 0) throw damaged(name, `outlier ${bad} is not a finite number`);
  return {
    parts,
    group: method.codes.group,
    residualBits: method.residual?.bits ?? 0,
    wide: false,
    factor: factorOf(name, parts.get('factor')),
    hadamard: method.transform === 'hadamard',
    indices: storedIndices(name, parts.get('indices'), shape[0] * shape[1]),
    outliers: new Float32Array(outliers.slice().buffer),
  };
}

function checkHeader(name: string, header: Uint8Array, expected: Uint8Array): void {
  if (header.some((byte, i) => byte !== expected[i]))
    throw damaged(name, 'its header does not fit its codec and shape');
}

function factorOf(name: string, bytes: Uint8Array | undefined): number {
  if (!bytes) return 1;
  if (new Float32Array(bytes.slice().buffer)[0] === ENLARGEMENT) return REDUCTION;
  throw damaged(name, `its factor is not ${ENLARGEMENT}`);
}

/** @throws LabError bad-input when what the published reader takes for scales is not finite */
function misread(name: string, stored: Parts): Parts {
  const parts = asRead(stored);
  for (const suffix of ['residualScales', 'residualOffsets']) {
    const index = findNonFinite16(parts.get(suffix) ?? NOTHING, HALF_EXPONENT);
    if (index >= 0)
      throw new LabError(
        'bad-input',
        `The published reader of int4_hybrid_v2 takes residual codes of ${name} for scales; scale ${index} is then not a number, and so is every weight of its group.`,
        'Use mode=corrected, or a group of 64 or more, which has no residual.',
      );
  }
  return parts;
}

/** Decodes spans of the flattened tensor, each then copied to where its rows lie. */
export async function decodeOpened(
  opened: Opened,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const count = target.rows * target.columns;
  for (const span of spans(count, context.gpu.maxBindingBytes / 4, spanAlign(opened.group)))
    await gpuJob(context, async (job) => {
      const out = job.scope.allocate(4 * span.count, 'weights');
      await recordDecode(job, context, opened, span, out);
      copyOut(job, target, span, out);
      await job.run();
    });
}

async function recordDecode(
  job: GpuJob,
  context: CodecContext,
  opened: Opened,
  span: Span,
  out: GPUBuffer,
): Promise<void> {
  const { group, residualBits, wide, factor, parts } = opened;
  const { first, count } = span;
  job.recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/tenpak/int4Decode' }), {
    params: {
      count,
      group,
      wide: Number(wide),
      residualBits,
      masked: Number(parts.has('mask')),
      factor,
      zero: 0,
    },
    bindings: { ...spanBindings(job, opened, span), out },
    workgroups: threadGroups(count),
    cost: COST * count,
  });
  if (opened.hadamard) await recordHadamard(job, context, out, count, 2 ** 100);
  const [start, end] = indexRange(opened.indices, first, count);
  const outliers = opened.outliers.slice(start, end);
  await recordScatter(job, context, out, first, opened.indices.slice(start, end), outliers);
  if (opened.columnFactors) await recordScale(job, context, out, span, opened.columnFactors, 2 ** 100);
}

function spanBindings(
  { scope }: GpuJob,
  { parts, group, wide, residualBits }: Opened,
  { first, count }: Span,
): Record<string, GPUBuffer> {
  const upload = (suffix: string, bits: number, from: number, length: number) => {
    const bytes = parts.get(suffix) ?? NOTHING;
    const start = (from * bits) / 8;
    const piece = parts.has(suffix) ? bytes.subarray(start, start + bytesOfCodes(length, bits)) : bytes;
    return scope.upload(piece, suffix);
  };
  const groups = Math.ceil(count / group);
  const range = (suffix: string) => upload(suffix, wide ? 32 : 16, first / group, groups);
  return {
    codes: upload('codes', 4, first, count),
    scales: range('scales'),
    offsets: range('offsets'),
    residual: upload('residual', residualBits, first, count),
    residualScales: range('residualScales'),
    residualOffsets: range('residualOffsets'),
    mask: upload('mask', 1, first, count),
  };
}

/** Copies a span of flattened weights into the parts of the matrix it overlaps. */
function copyOut({ recorder }: GpuJob, target: DenseMatrix, { first, count }: Span, out: GPUBuffer): void {
  for (const part of target.parts) {
    const partFirst = part.firstRow * target.columns;
    const start = Math.max(first, partFirst);
    const end = Math.min(first + count, partFirst + part.rows * target.columns);
    if (start >= end) continue;
    recorder.copy({
      label: 'decoded weights',
      source: out,
      sourceOffset: 4 * (start - first),
      target: part.buffer,
      targetOffset: 4 * (start - partFirst),
      bytes: 4 * (end - start),
    });
  }
}
