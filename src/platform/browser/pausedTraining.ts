import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import * as v from 'valibot';
import { LabError } from '../../base/errors';
import type { Checkpoint } from '../../train/checkpoint';
import type { StepReport } from '../../train/trainer';
import { TRAIN_STAGES, type TrainStage } from '../../lab/train/plan';

/** A step of a run with its stage. */
export interface TrainStep {
  stage: TrainStage;
  report: StepReport;
}

/** A training run that can be resumed: its settings and how far it is. Its checkpoints are stored separately. */
export interface PausedRun {
  model: string;
  /** The plan's fields as entered, so that resuming checks them again. */
  fields: Readonly<Record<string, string>>;
  /** The stage of the last checkpoint. */
  stage: TrainStage;
  step: number;
  /** Every step up to the last checkpoint. */
  steps: readonly TrainStep[];
  /** ISO time of the last checkpoint. */
  savedAt: string;
}

/** Stores one run for each model: the worker saves checkpoints, the page lists and discards runs. */
export interface PausedRuns {
  /** Lists the runs, newest first, except those of another version that this one cannot read. */
  list(): Promise<PausedRun[]>;
  /** Saves run and checkpoint together, or neither. */
  save(run: PausedRun, checkpoint: Checkpoint): Promise<void>;
  /** Returns the last checkpoint of each stage that has one. */
  checkpoints(model: string): Promise<Map<TrainStage, Checkpoint>>;
  delete(model: string): Promise<void>;
  close(): void;
}

interface Schema extends DBSchema {
  runs: { key: string; value: PausedRun };
  checkpoints: { key: [model: string, stage: string]; value: Uint8Array };
}

const schema = v.object({
  model: v.string(),
  fields: v.record(v.string(), v.string()),
  stage: v.picklist(TRAIN_STAGES),
  step: v.number(),
  steps: v.array(
    v.object({
      stage: v.picklist(TRAIN_STAGES),
      report: v.object({
        step: v.number(),
        loss: v.number(),
        nll: v.number(),
        learningRate: v.number(),
        gradientNorm: v.number(),
        correct: v.number(),
        count: v.number(),
        milliseconds: v.number(),
      }),
    }),
  ),
  savedAt: v.string(),
});

/**
 * Opens the browser's store of unfinished training runs; works on the main thread and in workers.
 * @throws LabError storage, also from every method, if the browser refuses (private window, quota, blocked)
 */
export async function openPausedRuns(): Promise<PausedRuns> {
  const db = await guarded(() =>
    openDB<Schema>('bitcurve-training', 1, {
      upgrade(fresh) {
        fresh.createObjectStore('runs', { keyPath: 'model' });
        fresh.createObjectStore('checkpoints');
      },
    }),
  );
  return {
    list: async () => readable(await guarded(() => db.getAll('runs'))),
    save: (run, checkpoint) => guarded(() => save(db, run, checkpoint)),
    checkpoints: (model) => guarded(() => checkpointsOf(db, model)),
    delete: (model) => guarded(() => remove(db, model)),
    close: () => db.close(),
  };
}

async function save(db: IDBPDatabase<Schema>, run: PausedRun, { bytes }: Checkpoint): Promise<void> {
  const change = db.transaction(['runs', 'checkpoints'], 'readwrite');
  await Promise.all([
    change.objectStore('runs').put(run),
    change.objectStore('checkpoints').put(bytes, [run.model, run.stage]),
    change.done,
  ]);
}

async function checkpointsOf(db: IDBPDatabase<Schema>, model: string): Promise<Map<TrainStage, Checkpoint>> {
  const found = await Promise.all(
    TRAIN_STAGES.map(async (stage) => [stage, await db.get('checkpoints', [model, stage])] as const),
  );
  return new Map(found.flatMap(([stage, bytes]) => (bytes ? [[stage, { bytes }]] : [])));
}

async function remove(db: IDBPDatabase<Schema>, model: string): Promise<void> {
  const change = db.transaction(['runs', 'checkpoints'], 'readwrite');
  const checkpoints = change.objectStore('checkpoints');
  await Promise.all([
    change.objectStore('runs').delete(model),
    ...TRAIN_STAGES.map((stage) => checkpoints.delete([model, stage])),
    change.done,
  ]);
}

function readable(values: readonly unknown[]): PausedRun[] {
  const runs = values.flatMap((value) => {
    const result = v.safeParse(schema, value);
    return result.success ? [result.output] : [];
  });
  return runs.sort((a, b) => b.savedAt.localeCompare(a.savedAt));
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new LabError(
      'storage',
      'The browser refused to store the state of a training run.',
      'Free some disk space, or leave private browsing. Until then a stopped run cannot be resumed.',
      cause,
    );
  }
}
