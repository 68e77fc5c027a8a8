import { parseCodecs } from '../../codecs/contract/spec';
import type { Lab } from '../../lab/lab';
import type { Plan } from '../../lab/plan/plan';
import type { LabRecord } from '../../lab/results/record';
import { runPlan } from '../../lab/run/run';
import type { Json } from './file';

/** Fields that depend on time, machine or version. */
const UNSTABLE: ReadonlySet<string> = new Set<keyof LabRecord>([
  'id',
  'runKey',
  'startedAt',
  'durationMs',
  'speed',
  'environment',
]);
/** The validity flag that depends on the adapter. */
const ADAPTER_FLAG = 'software-adapter';

const COMMON = {
  codecs: parseCodecs('rtn(bits=4,group=32)'),
  protocol: { kind: 'windows', context: 16, stride: 16, windows: 4 },
  images: 32,
  scope: 'linear',
  rest: 'float16',
  metrics: 'all',
  verdict: true,
  seed: 1,
} as const;

const PLANS: Readonly<Record<string, Plan>> = {
  text: {
    ...COMMON,
    model: 'llama',
    data: 'golden text',
    calibration: { data: 'golden calibration', windows: 4, draws: 1 },
  },
  images: {
    ...COMMON,
    model: 'vit',
    data: 'golden images',
    calibration: { data: 'golden calibration', windows: 8, draws: 1 },
  },
};

/** Returns the record of one codec per task, without the fields that depend on time, machine or version. */
export async function measureRecords(lab: Lab): Promise<Record<string, Record<string, Json>>> {
  const records: Record<string, Record<string, Json>> = {};
  for (const [task, plan] of Object.entries(PLANS)) records[task] = stable(await recordOf(lab, plan));
  return records;
}

/** Runs a plan and returns the codec's last record, which has its verdict. */
async function recordOf(lab: Lab, plan: Plan): Promise<LabRecord> {
  let last: LabRecord | undefined;
  for await (const event of runPlan(lab, plan)) {
    if (event.type === 'failed') throw new Error(`${event.codec}: ${event.message}`);
    if (event.type === 'record' && event.record.role === 'codec') last = event.record;
  }
  return last!;
}

function stable(record: LabRecord): Record<string, Json> {
  const entries = Object.entries({
    ...record,
    validity: record.validity.filter((flag) => flag !== ADAPTER_FLAG),
  });
  const kept = Object.fromEntries(entries.filter(([key]) => !UNSTABLE.has(key)));
  return JSON.parse(JSON.stringify(kept)) as Record<string, Json>;
}
