import type { Compute } from '../../evaluate/engine';
import type { Lab } from '../lab';
import type { LabRecord } from '../results/record';
import type { OnnxRuntime } from '../../onnx/runtime';
import { crossCheck, type CrossCheck } from './crossCheck';
import type { OtherReader } from './reader';
import { openRecordBase } from '../artefacts/recordBase';
import { checkModel, remakeArtefact } from '../artefacts/remake';
import { artefactSubject, refuseLargeModel, modelSubject, type CrossCheckSubject } from './subject';
import { crossCheckInput } from './input';

interface Tools {
  reader: OtherReader;
  runtime: OnnxRuntime;
}

export interface VerifyOptions {
  tools: Tools;
  /** Data set whose beginning is run. If absent, it is the one a record was measured on, or the task's default. */
  dataset?: string;
  /** What ran the model when a file was measured; a record says so itself. */
  measuredOn?: Compute;
  /** The name by which the lab opens the base of a difference, if the record does not say it. */
  baseName?: string;
  signal?: AbortSignal;
  say?: (step: string) => void;
}

/** The flag in a record's `validity` while another program disagrees. */
const FLAG = 'differs-elsewhere';

/**
 * Checks a record's weights by other programs: makes its artefact again (a baseline is the model itself), decodes it,
 * and has the result read and run elsewhere.
 * @param modelName the name by which the lab opens the record's model
 * @returns the record with the outcome
 * @throws LabError when the weights cannot be checked here, with the reason; Cancelled
 */
export async function verifyRecord(
  lab: Lab,
  record: LabRecord,
  modelName: string,
  options: VerifyOptions,
): Promise<LabRecord> {
  const { signal, say = () => undefined, dataset = record.quality.dataset, baseName } = options;
  say(`loading ${modelName}`);
  const model = await lab.openModel(modelName, signal);
  checkModel(model, record);
  refuseLargeModel(model);
  const { compute } = record.environment;
  // Statistics of the CPU differ from the adapter's by rounding, and the same artefact needs the same ones.
  const remaking: Lab = { ...lab, cpu: compute === 'cpu' ? options.tools.runtime : undefined };
  const open = async (): Promise<CrossCheckSubject> => {
    if (record.role === 'baseline') return modelSubject(lab.processor, model, signal);
    const base = await openRecordBase(lab, record.codec.base, baseName, signal);
    const onProgress = (fraction: number) =>
      say(`making the artefact again, ${Math.round(100 * fraction)} %`);
    const file = await remakeArtefact(remaking, model, record, { base, signal, onProgress });
    return artefactSubject(lab.processor, model.id, { file, base }, signal);
  };
  return withCrossCheck(record, await verifySubject(lab, open, { ...options, dataset, measuredOn: compute }));
}

/**
 * Checks the weights of an artefact by other programs. An artefact of a difference needs `baseName`.
 * @throws LabError for a file that is not an artefact, and as `verifyRecord`; Cancelled
 */
export function verifyFile(
  lab: Lab,
  name: string,
  file: Uint8Array,
  options: VerifyOptions,
): Promise<CrossCheck> {
  const { baseName, signal } = options;
  const open = async () => {
    const base = baseName === undefined ? undefined : await lab.openModel(baseName, signal);
    return artefactSubject(lab.processor, name, { file, base }, signal);
  };
  return verifySubject(lab, open, options);
}

async function verifySubject(
  lab: Lab,
  open: () => Promise<CrossCheckSubject>,
  { dataset, measuredOn, tools, signal, say }: VerifyOptions,
): Promise<CrossCheck> {
  const subject = await open();
  try {
    const window = await crossCheckInput(lab, subject, dataset, signal);
    return await crossCheck(lab, subject, window, tools, { signal, say, measuredOn });
  } finally {
    subject.weights.dispose();
  }
}

/** Adds the results of other programs, and the flag that follows from them, to a record. */
export function withCrossCheck(record: LabRecord, outcome: CrossCheck): LabRecord {
  const { loadedElsewhere, inferenceAgrees } = outcome;
  const flags = record.validity.filter((flag) => flag !== FLAG);
  return {
    ...record,
    // Both are set, even if one is missing now, so that no earlier outcome remains.
    verification: { ...record.verification, loadedElsewhere, inferenceAgrees },
    validity: isAgreed(outcome) ? flags : [...flags, FLAG],
  };
}

/** Whether reading and running elsewhere both agree. */
export function isAgreed({ loadedElsewhere, inferenceAgrees }: CrossCheck): boolean {
  return loadedElsewhere.agrees && inferenceAgrees?.agrees === true;
}
