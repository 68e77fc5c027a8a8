import { sha256 } from 'hash-wasm';
import { decodeAll, Artefact } from '../artefact/read';
import { measureError, type ArtefactError } from '../artefact/error';
import { writeArtefact, type WrittenArtefact } from '../artefact/write';
import { codecMeta } from '../codecs/registry';
import { formatCodec } from '../codecs/spec';
import type { CodecSpec } from '../codecs/codec';
import { weightsFrom, type ModelWeights } from '../runtime/weights';
import { releaseMatrix, type DenseMatrix } from '../runtime/matrix';
import type { LabRecord } from './record';
import { parseRecord } from './record';
import type { Evaluation, Session } from './session';
import { validityFlags } from './validity';
import { decodeMatchesReference, packedDifference } from './verify';

/** A measured record. */
export interface Measured {
  record: LabRecord;
}

export interface CodecTask {
  spec: CodecSpec;
  role: 'codec' | 'opponent';
  key: string;
}

type Within = (fraction: number) => void;
type Say = (step: string, fraction: number) => void;

/** Shares of a codec's time, for progress: encode, decode and weight error, evaluation. */
const ENCODE_SHARE = 0.25;
const DECODE_SHARE = 0.1;

/** Measures the uncompressed float32 model under the plan's evaluation. Its size is 4 bytes per weight. */
export async function measureBaseline(
  session: Session,
  key: string,
  signal: AbortSignal | undefined,
  within: Within,
): Promise<Measured> {
  const started = new Date();
  const evaluation = await session.evaluateBaseline(signal, within);
  const { parameters } = session.model.shape;
  const bytes = 4 * parameters;
  const record = assemble(session, started, key, evaluation, {
    role: 'baseline',
    codec: { id: 'float32', options: {}, spec: 'baseline', label: 'float32 baseline' },
    size: {
      totalBytes: bytes,
      assetBytes: 0,
      bitsPerWeight: 32,
      bitsPerCodedWeight: 32,
      ratioFloat32: 1,
      ratioFloat16: 0.5,
      parts: { codes: 0, scales: 0, codebooks: 0, tables: 0, float: bytes, header: 0 },
    },
    verification: { fromArtefact: false, gpuMatchesReference: null },
  });
  return { record };
}

/**
 * Compresses, restores from the bytes, and measures one codec. Only the artefact's bytes pass from encoder to decoder.
 * @throws LabError naming the tensor or window at fault; Cancelled. Nothing stays allocated.
 */
export async function measureCodec(
  session: Session,
  task: CodecTask,
  signal: AbortSignal | undefined,
  say: Say,
): Promise<Measured> {
  const started = new Date();
  const { model, plan, lab } = session;
  lab.gpu.buffers.resetPeak();
  const recipe = { spec: task.spec, scope: plan.scope, rest: plan.rest };
  const written = await writeArtefact(lab.gpu, model, recipe, {
    seed: plan.seed,
    signal,
    onProgress: (fraction) => say('compressing', fraction * ENCODE_SHARE),
  });
  const artefact = await Artefact.open(written.bytes);
  say('restoring from its bytes', ENCODE_SHARE);
  const decoded = await restore(session, artefact, signal);
  try {
    const rest = 1 - ENCODE_SHARE - DECODE_SHARE;
    const evaluation = await session.evaluate(decoded.weights, formatCodec(task.spec), signal, (f) =>
      say(`measuring, ${Math.round(100 * f)} %`, ENCODE_SHARE + DECODE_SHARE + rest * f),
    );
    const verification = await verify(session, artefact, decoded.weights, signal);
    return {
      record: await codecRecord(session, task, started, { written, decoded, evaluation, verification }),
    };
  } finally {
    decoded.weights.dispose();
  }
}

interface Restored {
  weights: ModelWeights;
  decodeMs: number;
  error: ArtefactError;
}

async function restore(session: Session, artefact: Artefact, signal?: AbortSignal): Promise<Restored> {
  const { gpu } = session.lab;
  const started = performance.now();
  const matrices = await decodeAll(gpu, artefact, signal);
  try {
    await gpu.stream.idle(signal);
    const decodeMs = performance.now() - started;
    const error = await measureError(gpu, session.model, artefact, matrices, signal);
    return { weights: weightsFrom(gpu, artefact.shape, matrices), decodeMs, error };
  } catch (failure) {
    releaseAll(session, matrices);
    throw failure;
  }
}

function releaseAll(session: Session, matrices: ReadonlyMap<string, DenseMatrix>): void {
  for (const matrix of matrices.values()) releaseMatrix(session.lab.gpu.buffers, matrix);
}

async function verify(
  session: Session,
  artefact: Artefact,
  weights: ModelWeights,
  signal?: AbortSignal,
): Promise<LabRecord['verification']> {
  const gpuMatchesReference = await decodeMatchesReference(session.lab.gpu, artefact, signal);
  const packed = await packedDifference(session, artefact, weights, signal);
  return { fromArtefact: true, gpuMatchesReference, ...(packed !== undefined && { packedDeltaNll: packed }) };
}

interface Findings {
  written: WrittenArtefact;
  decoded: Restored;
  evaluation: Evaluation;
  verification: LabRecord['verification'];
}

async function codecRecord(
  session: Session,
  task: CodecTask,
  started: Date,
  found: Findings,
): Promise<LabRecord> {
  const { written, decoded, evaluation, verification } = found;
  const { id, options } = task.spec;
  const record = assemble(session, started, task.key, evaluation, {
    role: task.role,
    artefactSha256: await sha256(written.bytes),
    codec: { id, options: { ...options }, spec: formatCodec(task.spec), label: codecMeta(id).label },
    size: written.size,
    error: decoded.error,
    verification,
  });
  return { ...record, speed: { ...record.speed, encodeMs: written.encodeMs, decodeMs: decoded.decodeMs } };
}

type Particulars = Pick<LabRecord, 'role' | 'codec' | 'size' | 'verification'> &
  Partial<Pick<LabRecord, 'artefactSha256' | 'error'>>;

function assemble(
  session: Session,
  started: Date,
  key: string,
  evaluation: Evaluation,
  particulars: Particulars,
): LabRecord {
  const { model, plan, lab } = session;
  const { id, source, revision, sha256: digest, shape } = model;
  return parseRecord({
    schema: 'bitcurve.record/1',
    id: key.slice(0, 16),
    runKey: key,
    startedAt: started.toISOString(),
    durationMs: Date.now() - started.getTime(),
    status: 'complete',
    model: {
      id,
      source,
      revision,
      sha256: digest,
      parameters: shape.parameters,
      architecture: shape.architecture,
    },
    scope: plan.scope,
    rest: plan.rest,
    quality: evaluation.quality,
    samples: evaluation.samples,
    speed: { ...evaluation.speed, peakGpuBytes: lab.gpu.buffers.peakBytes },
    environment: session.environment,
    validity: validityFlags(session, particulars, evaluation),
    ...particulars,
  });
}
