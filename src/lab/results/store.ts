import type { LabRecord } from './record';

/** Where finished records go the moment they are measured: IndexedDB in the page, a folder for the command line. */
export interface RecordStore {
  /** The record of an equal run key, if one is complete: a run resumes by not measuring it again. */
  find(runKey: string): Promise<LabRecord | undefined>;
  /** Adds the record, or replaces the one with its id. */
  save(record: LabRecord): Promise<void>;
}

/** Keeps records for the life of the process: tests, and pages whose storage is blocked. */
export class MemoryRecordStore implements RecordStore {
  readonly records = new Map<string, LabRecord>();

  async find(runKey: string): Promise<LabRecord | undefined> {
    return [...this.records.values()].find((r) => r.runKey === runKey);
  }

  async save(record: LabRecord): Promise<void> {
    this.records.set(record.id, record);
  }
}
