import { LabError } from '../../../../base/errors';
import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { damaged } from '../../../contract/parts';
import { recordCopyToTarget } from '../../fillTarget';
import { gpuJob, type GpuJob } from '../../gpuJob';
import { spans, type Span } from '../../spans';
import {
  checkStoredScales,
  findNonFinite16,
  findNonFinite32,
  float32Values,
  HALF_EXPONENT,
} from '../../storedFloats';
import { checkHeader } from '../header';
import { recordHadamard, recordScale, recordScatter } from './gpu';
import {
  bytesOfCodes,
  ENLARGEMENT,
  misreadResidual,
  REDUCTION,
  int4Residual,
  spanAlign,
  type GroupParts,
  type Int4Layout,
  type Int4Parts,
} from './layout';
import { indexRange, storedIndices } from './outliers';

/** Operations per weight, as the command stream counts work. */
const COST = 24;
/** A binding for parts that a method does not store; it is never read. */
const NOTHING = new Uint8Array(4);

/** The checked stored bytes of a flattened tensor, and how to decode them. */
export interface OpenedInt4 {
  codes: GroupParts;
  /** Weights of a group. */
  group: number;
  /** float32 instead of float16 scales and offsets. */
  wide: boolean;
  residual?: GroupParts & { bits: number };
  /** One bit per weight. */
  mask?: Uint8Array;
  factor: number;
  hadamard: boolean;
  indices: Uint32Array;
  outliers: Float32Array;
  /** Factors of the restored weights, [columns]. */
  columnFactors?: Float32Array;
}

/** Decodes on the GPU. @throws LabError bad-file; bad-input where the published reader restores no finite numbers; Cancelled */
export async function decodeInt4(
  stored: Coded<Int4Layout, Int4Parts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  await decodeOpened(open(stored), target, context);
}

function open({ name, layout, parts }: Coded<Int4Layout, Int4Parts>): OpenedInt4 {
  const { header, codes, transform, elements } = layout;
  if (header && parts.header) checkHeader(name, parts.header, header);
  const residual = openResidual(name, layout, parts);
  checkGroups(name, parts);
  if (residual) checkGroups(name, residual);
  const outliers = parts.outliers ?? new Uint8Array();
  const bad = findNonFinite32(outliers);
  if (bad >= 0) throw damaged(name, `outlier ${bad} is not a finite number`);
  return {
    codes: parts,
    group: codes.group,
    wide: false,
    residual,
    mask: parts.mask,
    factor: factorOf(name, parts.factor),
    hadamard: transform === 'hadamard',
    indices: storedIndices(name, parts.indices, elements),
    outliers: float32Values(outliers),
  };
}

function checkGroups(name: string, { scales, offsets }: GroupParts): void {
  checkStoredScales(name, scales);
  checkStoredScales(name, offsets);
}

function factorOf(name: string, bytes: Uint8Array | undefined): number {
  if (!bytes) return 1;
  if (float32Values(bytes)[0] === ENLARGEMENT) return REDUCTION;
  throw damaged(name, `its factor is not ${ENLARGEMENT}`);
}

/** @throws LabError bad-input when what the published reader takes for scales is not finite */
function openResidual(name: string, { residual, misread }: Int4Layout, parts: Int4Parts) {
  const stored = int4Residual(parts);
  if (!residual || !stored) return undefined;
  if (!misread) return { ...stored, bits: residual.bits };
  const read = misreadResidual(stored);
  for (const bytes of [read.scales, read.offsets]) {
    const index = findNonFinite16(bytes, HALF_EXPONENT);
    if (index >= 0)
      throw new LabError(
        'bad-input',
        `The published reader of int4_hybrid_v2 takes residual codes of ${name} for scales; scale ${index} is then not a finite number, and neither is any weight of its group.`,
        'Use mode=corrected, or a group of 64 or more, which has no residual.',
      );
  }
  return { ...read, bits: residual.bits };
}

/** Decodes spans of the flattened tensor and copies each to its place in the matrix. */
export async function decodeOpened(
  opened: OpenedInt4,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const count = target.rows * target.columns;
  for (const span of spans(count, context.gpu.maxBindingBytes / 4, spanAlign(opened.group)))
    await gpuJob(context, async (job) => {
      const out = job.scope.allocate(4 * span.count, 'weights');
      await recordDecode(job, opened, span, out);
      recordCopyToTarget(job, target, out, span.first, span.count);
      await job.run();
    });
}

async function recordDecode(job: GpuJob, opened: OpenedInt4, span: Span, out: GPUBuffer): Promise<void> {
  const { group, residual, wide, factor, mask, indices, hadamard, columnFactors } = opened;
  const { first, count } = span;
  await job.dispatch('codecs/kit/tenpak/int4Decode', {
    params: {
      count,
      group,
      wide: Number(wide),
      residualBits: residual?.bits ?? 0,
      masked: Number(mask !== undefined),
      factor,
      zero: 0,
    },
    bindings: { ...spanBindings(job, opened, span), out },
    threads: count,
    cost: COST * count,
  });
  if (hadamard) await recordHadamard(job, out, count, 2 ** 100);
  const [start, end] = indexRange(indices, first, count);
  await recordScatter(job, out, first, indices.subarray(start, end), opened.outliers.subarray(start, end));
  if (columnFactors) await recordScale(job, out, span, columnFactors, 2 ** 100);
}

/** Uploads the window of each part that a span reads. */
function spanBindings(
  { scope }: GpuJob,
  { codes, group, residual, wide, mask }: OpenedInt4,
  { first, count }: Span,
): Record<string, GPUBuffer> {
  const upload = (
    label: string,
    bytes: Uint8Array | undefined,
    bits: number,
    from = first,
    length = count,
  ) => {
    const start = (from * bits) / 8;
    return scope.upload(bytes?.subarray(start, start + bytesOfCodes(length, bits)) ?? NOTHING, label);
  };
  const ofGroups = (label: string, bytes: Uint8Array | undefined) =>
    upload(label, bytes, wide ? 32 : 16, first / group, Math.ceil(count / group));
  return {
    codes: upload('codes', codes.codes, 4),
    scales: ofGroups('scales', codes.scales),
    offsets: ofGroups('offsets', codes.offsets),
    residual: upload('residual', residual?.codes, residual?.bits ?? 0),
    residualScales: ofGroups('residual scales', residual?.scales),
    residualOffsets: ofGroups('residual offsets', residual?.offsets),
    mask: upload('mask', mask, 1),
  };
}
