import { LabError } from '../../../../src/base/errors';
import type { LabRecord } from '../../../../src/lab/results/record';
import { agreesWithLlamaCpp, type CheckResult } from './agreement';
import { drawCurve } from '../../../shared/curveHtml';
import { OutputFolder } from '../../../../src/platform/node/recordStore';

type IndependentRuntime = NonNullable<LabRecord['verification']['independentRuntime']>;

/** Returns the outcome in the format of records; undefined if it was not judged. */
export function independentRuntime(result: CheckResult): IndependentRuntime | undefined {
  const { maxDifference } = result.agreement;
  if (maxDifference === null || result.tolerance === null) return undefined;
  return { name: `llama.cpp ${result.llamaCpp}`, value: maxDifference, agrees: agreesWithLlamaCpp(result) };
}

/** The records of a sweep that measured the weights from which a GGUF file was exported. */
export class RecordsToMark {
  private readonly folder: OutputFolder;
  private readonly records: readonly LabRecord[];

  private constructor(folder: OutputFolder, records: readonly LabRecord[]) {
    this.folder = folder;
    this.records = records;
  }

  /**
   * Opens a folder and selects its records of the same weights.
   * @param source SHA-256 of the artefact or of the model's weights, as the file states it
   * @param lossless whether the file holds those weights exactly
   * @throws LabError bad-input if no record measured these weights
   */
  static async open(path: string, source: string | undefined, lossless: boolean): Promise<RecordsToMark> {
    if (!lossless)
      throw badInput(
        'Only an F32 file holds exactly the weights that a record measured.',
        'Export it again with --type F32.',
      );
    const folder = await OutputFolder.openExisting(path);
    const records = folder.records.filter((record) => source !== undefined && isOf(record, source));
    if (records.length > 0) return new RecordsToMark(folder, records);
    throw badInput(
      `No record in ${path} measured the weights from which this file was exported.`,
      'Export the model, or the artefact that `npm run compress` writes with the options of the sweep, and check that file.',
    );
  }

  /** Stores the outcome in the records and redraws the curve. @returns the number of records updated */
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

function badInput(message: string, remedy: string): LabError {
  return new LabError('bad-input', message, remedy);
}
