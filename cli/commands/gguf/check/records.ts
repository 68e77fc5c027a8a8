import { LabError } from '../../../../src/base/errors';
import type { LabRecord } from '../../../../src/lab/results/record';
import { agreesWithLlamaCpp, type CheckResult } from './agreement';
import { drawCurve } from '../../../shared/curveHtml';
import { OutputFolder } from '../../../../src/platform/node/recordStore';

type IndependentRuntime = NonNullable<LabRecord['verification']['independentRuntime']>;

/** The outcome as records hold it. */
export function independentRuntime(result: CheckResult): IndependentRuntime | undefined {
  const { maxDifference } = result.agreement;
  if (maxDifference === null || result.tolerance === null) return undefined;
  return { name: `llama.cpp ${result.llamaCpp}`, value: maxDifference, agrees: agreesWithLlamaCpp(result) };
}

/** Records of a sweep that measured the weights a GGUF file was exported from. */
export class RecordsToMark {
  private readonly folder: OutputFolder;
  private readonly records: readonly LabRecord[];

  private constructor(folder: OutputFolder, records: readonly LabRecord[]) {
    this.folder = folder;
    this.records = records;
  }

  /**
   * @param source SHA-256 of the artefact or of the model's weights, as the file says
   * @param lossless whether the file holds those weights exactly
   * @throws LabError bad-input when no record is of these weights
   */
  static async open(path: string, source: string | undefined, lossless: boolean): Promise<RecordsToMark> {
    if (!lossless)
      throw bad(
        'Only an F32 file holds the very weights a record measured.',
        'Export it again with --type F32.',
      );
    const folder = await OutputFolder.openExisting(path);
    const records = folder.records.filter((record) => source !== undefined && isOf(record, source));
    if (records.length > 0) return new RecordsToMark(folder, records);
    throw bad(
      `No record in ${path} is of the weights this file was exported from.`,
      'Export the model, or the artefact of `npm run compress` with the options of the sweep, and check that.',
    );
  }

  /** @returns how many records now hold the outcome */
  async mark(outcome: IndependentRuntime | undefined): Promise<number> {
    if (!outcome) return 0;
    for (const record of this.records)
      await this.folder.save({
        ...record,
        verification: { ...record.verification, independentRuntime: outcome },
      });
    await drawCurve(this.folder);
    return this.records.length;
  }
}

function isOf(record: LabRecord, source: string): boolean {
  return record.artefactSha256 === source || (record.role === 'baseline' && record.model.sha256 === source);
}

function bad(message: string, remedy: string): LabError {
  return new LabError('bad-input', message, remedy);
}
