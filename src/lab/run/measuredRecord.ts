import { modelOrigin } from '../../artefact/layout';
import type { ArtefactError } from '../../artefact/error';
import type { Compressed } from '../../artefact/compress';
import type { StoredArtefact } from '../../artefact/sink';
import type { FileLoss } from '../../codecs/contract/assigner';
import type { CodecSpec } from '../../codecs/contract/meta';
import { codecMeta, needsBase } from '../../codecs/contract/registry';
import { formatCodec } from '../../codecs/contract/spec';
import { parseRecord, type LabRecord } from '../results/record';
import type { TaskResult } from '../results/taskResult';
import { validityFlags } from '../results/validity';
import type { PlanEvaluation } from './evaluator';
import type { TimedEvaluation } from './latency';
import type { PlanSession } from './session';

/** Makes the record of the uncompressed float32 model. Its size is 4 bytes per weight. */
export function baselineRecord(
  session: PlanSession,
  started: Date,
  key: string,
  { evaluation, tasks }: Pick<Findings, 'evaluation' | 'tasks'>,
): LabRecord {
  const bytes = 4 * session.model.shape.parameters;
  return assemble(session, started, key, evaluation, {
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
    ...(tasks && { tasks }),
  });
}

/** A codec as its record names it. */
export interface RecordedCodec {
  spec: CodecSpec;
  role: 'codec' | 'opponent';
  key: string;
}

/** What was measured of a codec. */
export interface Findings {
  compressed: Compressed<StoredArtefact>;
  decoded: { decodeMs: number; error: ArtefactError };
  evaluation: TimedEvaluation;
  tasks?: TaskResult[];
  verification: LabRecord['verification'];
  calibration?: CalibrationRecord;
}

/** Makes the record of a codec. */
export function codecRecord(
  session: PlanSession,
  { spec, role, key }: RecordedCodec,
  started: Date,
  found: Findings,
): LabRecord {
  const { compressed, decoded, evaluation, tasks, verification, calibration } = found;
  const { encodeMs, calibrateMs } = compressed;
  const { base } = session;
  const { id, options } = spec;
  const record = assemble(session, started, key, evaluation, {
    role,
    artefactSha256: compressed.file.sha256,
    codec: {
      id,
      options: { ...options },
      spec: formatCodec(spec),
      label: codecMeta(id).label,
      ...(calibration && { calibration }),
      ...(base && needsBase(spec) && { base: modelOrigin(base) }),
    },
    size: compressed.size,
    error: decoded.error,
    verification,
    ...(tasks && { tasks }),
  });
  const { decodeMs } = decoded;
  const speed = { ...record.speed, encodeMs, decodeMs, ...(calibration && { calibrateMs }) };
  return { ...record, speed };
}

type CalibrationRecord = NonNullable<LabRecord['codec']['calibration']>;

/**
 * Describes the calibration of a codec.
 * @param seeds those of its draws
 * @param values the quality of each draw
 * @param trial what its file loses on held-out data, if a limit was searched for
 */
export async function calibrationRecord(
  { calibrator }: PlanSession,
  seeds: number[],
  values: number[],
  trial: FileLoss | undefined,
): Promise<CalibrationRecord> {
  const { dataset, sha256, windows, context } = (await calibrator.data())!;
  return {
    ...{ dataset, sha256, windows, seeds, values },
    ...(context !== undefined && { context }),
    ...(trial && { validation: lossOnly(trial) }),
  };
}

function lossOnly({ loss, lossCi95, unit, units }: FileLoss): FileLoss {
  return { loss, lossCi95, unit, units };
}

/** Returns what timing single tokens or images adds to a record. The rate of images is that of batches. */
function timedSpeed({ timing, quality }: TimedEvaluation): Partial<LabRecord['speed']> {
  if (!timing) return {};
  const { latency, perSecond } = timing;
  return quality.task === 'perplexity' ? { latency, decodeTokensPerSecond: perSecond } : { latency };
}

type Particulars = Pick<LabRecord, 'role' | 'codec' | 'size' | 'verification'> &
  Partial<Pick<LabRecord, 'artefactSha256' | 'error' | 'tasks'>>;

/** Makes the record of one evaluation of a session. */
export function assemble(
  session: PlanSession,
  started: Date,
  key: string,
  evaluation: TimedEvaluation,
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
    ...(session.training && { training: session.training }),
    scope: plan.scope,
    rest: plan.rest,
    seed: plan.seed,
    quality: { ...evaluation.quality, ...session.data },
    samples: evaluation.samples,
    speed: {
      ...evaluation.speed,
      ...timedSpeed(evaluation),
      peakGpuBytes: lab.gpu?.buffers.peakBytes ?? 0,
    },
    environment: environmentOfRun(session, evaluation),
    validity: validityFlags(session, particulars, evaluation),
    ...particulars,
  });
}

/** A model that the CPU's runtime cannot address is run by the GPU even where the CPU measures others. */
function environmentOfRun(
  { environment }: PlanSession,
  { compute }: PlanEvaluation,
): LabRecord['environment'] {
  const { cpuRuntime, ...rest } = environment;
  return { ...rest, compute, ...(compute === 'cpu' && cpuRuntime && { cpuRuntime }) };
}
