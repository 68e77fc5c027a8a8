import { memorySink } from '../../artefact/sink';
import { sha256Hex } from '../../base/checksum';
import { LabError } from '../../base/errors';
import { needsCalibration } from '../../codecs/contract/registry';
import { parseCodec } from '../../codecs/contract/spec';
import type { CodecSpec } from '../../codecs/contract/meta';
import type { Model } from '../../models/model';
import { compressModel } from './compress';
import { adapterName, type Lab } from '../lab';
import type { CalibrationPlan } from '../plan/plan';
import { DEFAULT_CONTEXT, DEFAULT_SEED, EMBEDDED_DATA } from '../plan/presets';
import { isOfFile } from '../results/fileCodec';
import type { LabRecord } from '../results/record';

interface RemakeOptions {
  /** The model of which the codec coded the difference, if it did. */
  base?: Model;
  signal?: AbortSignal;
  onProgress?: (fraction: number, step: string) => void;
}

/**
 * Makes a record's artefact again. Encoding is deterministic, so that the result is the file that was measured, or an error.
 * @throws LabError unsupported when the record does not say enough to make it again; bad-input when the file differs from the
 * measured one; Cancelled
 */
export async function remakeArtefact(
  lab: Lab,
  model: Model,
  record: LabRecord,
  { base, signal, onProgress }: RemakeOptions,
): Promise<Uint8Array> {
  checkModel(model, record);
  const spec = parseCodec(record.codec.spec);
  const { scope, rest } = record;
  // Older records do not name the plan's seed; the first draw's is the plan's.
  const seed = record.seed ?? record.codec.calibration?.seeds[0] ?? DEFAULT_SEED;
  const { calibration, context } = calibrationOf(spec, record);
  const recipe = { spec, scope, rest, ...(base && { base }) };
  const options = { seed, calibration, context, signal, onProgress };
  const { file } = await compressModel(lab, model, recipe, options, memorySink());
  checkSame(lab, record, await sha256Hex(file));
  return file;
}

/** @throws LabError when the model at hand is not the one measured */
export function checkModel(model: Model, record: LabRecord): void {
  const { model: measured, training } = record;
  if (isOfFile(record))
    throw new LabError(
      'unsupported',
      `${record.codec.spec} is a file of others: it is not made from the model.`,
      'Run the plan with that file again.',
    );
  if (training)
    throw new LabError(
      'unsupported',
      'These weights were trained: they cannot be made again from the model.',
      'Keep the artefact a training run writes, and run `npm run verify -- FILE`.',
    );
  if (model.sha256 === measured.sha256) return;
  throw new LabError(
    'bad-input',
    `The weights of ${model.id} are not those that were measured: their checksums differ.`,
    'Name the model or folder that was measured.',
  );
}

function calibrationOf(
  spec: CodecSpec,
  { codec }: LabRecord,
): { calibration: CalibrationPlan | null; context: number } {
  if (!needsCalibration(spec) || !codec.calibration) return { calibration: null, context: DEFAULT_CONTEXT };
  const { dataset, windows, context = DEFAULT_CONTEXT } = codec.calibration;
  if (EMBEDDED_DATA.has(dataset)) return { calibration: { data: dataset, windows, draws: 1 }, context };
  throw new LabError(
    'unsupported',
    `This codec was calibrated on ${dataset}, a file that does not come with the lab: the artefact cannot be made again.`,
    'Write it with `npm run compress` and run `npm run verify -- FILE`.',
  );
}

function checkSame(lab: Lab, { artefactSha256, environment }: LabRecord, sha256: string): void {
  if (artefactSha256 === sha256) return;
  const here = adapterName(lab.gpu);
  const where =
    here === environment.adapter
      ? `by version ${environment.version} (${environment.commit})`
      : `on ${environment.adapter}, and this is ${here}`;
  throw new LabError(
    'bad-input',
    `The artefact made again differs from the measured one (sha256 ${sha256.slice(0, 12)}…, not ${artefactSha256?.slice(0, 12) ?? 'known'}…). It was measured ${where}.`,
    'Run the plan again here, and check that record.',
  );
}
