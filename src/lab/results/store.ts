import type { LabRecord } from './record';

/** Keeps records as they are measured: IndexedDB in the page, a folder on the command line. */
export interface RecordStore {
  /** Finds the complete record of a run key, which a resumed run does not measure again. */
  find(runKey: string): Promise<LabRecord | undefined>;
  /** Adds the record, or replaces the one with its id. */
  save(record: LabRecord): Promise<void>;
}

/** Keeps records for the life of the process, in tests and in pages whose storage is blocked. */
export class MemoryRecordStore implements RecordStore {
  readonly records = new Map<string, LabRecord>();

  async find(runKey: string): Promise<LabRecord | undefined> {
    return [...this.records.values()].find((r) => r.runKey === runKey);
  }

  async save(record: LabRecord): Promise<void> {
    this.records.set(record.id, record);
  }
}
