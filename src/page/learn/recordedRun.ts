import trainingUrl from '../../../docs/measurements/train-gpt2-tinystories/records.json?url';
import { LabError } from '../../base/errors';
import { withInterval } from '../../base/format';
import { lossOf } from '../../lab/results/limits';
import { fileBytes, parseRecord, type LabRecord } from '../../lab/results/record';
import { fetchJson } from '../browser/fetchJson';

/** The recorded runs of the lessons, and where their files lie. */
const FILES = {
  /** The plan docs/tables/lessons.json. */
  lessons: 'examples/lessons.json',
  /** The recorded examples of the curve. */
  examples: 'examples/records.json',
  /** A training run with ternary weights. */
  training: trainingUrl,
} as const;
export type RunName = keyof typeof FILES;

const MODEL = 'gpt2-tinystories';

/** Names a record of a run: its codec as a plan spells it, and how its weights were trained. */
export interface RowKey {
  spec: string;
  training?: 'qat' | 'fine-tune';
}

/** The records of a recorded run of the model of the lessons. */
export class RecordedRun {
  private readonly records: readonly LabRecord[];

  constructor(records: readonly LabRecord[]) {
    this.records = records.filter(({ model }) => model.id === MODEL);
  }

  /** @throws LabError bad-file if the run has no such record */
  record({ spec, training }: RowKey): LabRecord {
    const found = this.records.find(
      (record) => record.codec.spec === spec && record.training?.kind === training,
    );
    if (found) return found;
    throw new LabError(
      'bad-file',
      `The recorded run of the lesson has no ${spec}.`,
      'Build the page from a whole checkout.',
    );
  }

  /** The rise of the perplexity against float32 in per cent. */
  loss(spec: string, training?: RowKey['training']): number {
    return lossOf(this.record({ spec, training })).value;
  }

  /** The loss with its interval: "+3.2 % [+2.3, +4.0]". */
  lossText(spec: string, training?: RowKey['training']): string {
    const { value, low, high } = lossOf(this.record({ spec, training }));
    const text = withInterval(value, [low, high]);
    return `${text.value} % ${text.interval}`;
  }

  bytes(spec: string): number {
    return fileBytes(this.record({ spec }));
  }
}

/** Loads a recorded run. @throws LabError network or bad-file */
export async function loadRun(name: RunName): Promise<RecordedRun> {
  const records = await fetchJson(FILES[name]);
  return new RecordedRun((records as unknown[]).map(parseRecord));
}
