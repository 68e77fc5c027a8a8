import { LabError } from '../../base/errors';
import { cohortLabel, cohortOf, deviceOf, latestPerCodec } from '../results/cohort';
import {
  checkLimits,
  isMinimum,
  limitFigure,
  lossOf,
  type LimitFigure,
  type LimitCheck,
  type LimitReport,
} from '../results/limits';
import { fileBytes, type LabRecord } from '../results/record';
import type { DecisionRequest, Preference } from './parameters';

/** A record, and how it stands to the limits. */
export interface DecisionCandidate {
  record: LabRecord;
  report: LimitReport;
  /** Whether no other candidate is at least as good in bytes, loss and measured rate, and better in one. */
  pareto: boolean;
}

/** The records of one model on one device, measured in one way, by how they stand to the limits. */
export interface Decision {
  request: DecisionRequest;
  /** Those that hold every limit, the best first. The first is the answer, the second the runner-up. */
  holding: readonly DecisionCandidate[];
  /** Those that fail or may fail a limit, or whose price or rate is not known although it decides; the nearest miss first. */
  rejected: readonly DecisionCandidate[];
  /** The uncompressed model, which is no candidate. */
  baseline?: DecisionCandidate;
}

/** Records that can be decided between. */
export interface DecisionGroup {
  model: string;
  /** What was measured, such as "tinystories · 32 windows of 128 tokens · 4,064 tokens scored". */
  measurement: string;
  device: string;
  records: readonly LabRecord[];
}

/** Groups records by model, measurement and device, and keeps the newest of each codec. */
export function decisionGroups(records: readonly LabRecord[]): DecisionGroup[] {
  const groups = new Map<string, LabRecord[]>();
  for (const record of records) {
    const key = `${cohortOf(record)}|${deviceOf(record)}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()].map((members) => ({
    model: members[0].model.id,
    measurement: cohortLabel(members[0]),
    device: deviceOf(members[0]),
    records: latestPerCodec(members.map((record) => ({ record }))).map(({ record }) => record),
  }));
}

/**
 * Returns the only group of some records.
 * @throws LabError bad-input that names what differs: models, tasks or data, devices, or weights
 */
export function oneGroup(records: readonly LabRecord[]): DecisionGroup {
  const groups = decisionGroups(records);
  if (groups.length === 0)
    throw new LabError('bad-input', 'There are no records to decide between.', 'Measure some codecs first.');
  if (groups.length === 1) return groups[0];
  const values = (of: (group: DecisionGroup) => string) => [...new Set(groups.map(of))];
  const differing = (
    [
      ['models', values(({ model }) => model)],
      ['tasks or data', values(({ measurement }) => measurement)],
      ['devices', values(({ device }) => device)],
      ['data', values(({ records: [{ quality }] }) => quality.datasetSha256.slice(0, 12))],
    ] as const
  ).find(([, found]) => found.length > 1);
  const [what, found] = differing ?? [
    'weights',
    values(({ records: [record] }) => record.model.sha256.slice(0, 12)),
  ];
  throw new LabError(
    'bad-input',
    `The records are of different ${what}, which cannot be compared: ${found.join('; ')}.`,
    'Name records of one model, measurement and device, or ask for a decision for each group.',
  );
}

/** Decides between the records of a group. The better of two that hold every limit is the smaller, cheaper or faster one. */
export function decide(group: Pick<DecisionGroup, 'records'>, request: DecisionRequest): Decision {
  const { limits, tariff } = request;
  const coded = group.records.filter(({ role }) => role !== 'baseline');
  const frontier = paretoSet(coded);
  const candidates = coded.map((record): DecisionCandidate => ({
    record,
    report: withPreference(record, checkLimits(record, limits, tariff), request),
    pareto: frontier.has(record),
  }));
  const isHolding = ({ report }: DecisionCandidate) => report.outcome === 'holds';
  const float = group.records.find(({ role }) => role === 'baseline');
  return {
    request,
    holding: sortedBy(candidates.filter(isHolding), [
      ({ record }) => cost(record, request),
      ({ record }) => fileBytes(record),
      ({ record }) => lossOf(record).value,
      // Of two spellings of the same rounding, the one that was asked for.
      ({ record }) => Number(record.role === 'opponent'),
    ]),
    rejected: sortedBy(
      candidates.filter((candidate) => !isHolding(candidate)),
      [
        (candidate) => Number(missed(candidate).some(({ figure }) => 'missing' in figure)),
        excess,
        ({ record }) => fileBytes(record),
      ],
    ),
    ...(float && {
      baseline: { record: float, report: checkLimits(float, limits, tariff), pareto: false },
    }),
  };
}

/** The figure that decides between candidates within the limits. */
export const DECIDING = { bytes: 'bytes', price: 'price', speed: 'decode' } as const;

export function preferredFigure(record: LabRecord, { prefer, tariff }: DecisionRequest): LimitFigure {
  return limitFigure(record, DECIDING[prefer], tariff);
}

/** Whether the figures of two candidates that decide between them have intervals that overlap. */
export function isClose(a: LabRecord, b: LabRecord, request: DecisionRequest): boolean {
  const [first, second] = [a, b].map((record) => preferredFigure(record, request));
  if ('missing' in first || 'missing' in second) return false;
  const exact = first.low === first.high && second.low === second.high;
  return !exact && first.low <= second.high && second.low <= first.high;
}

/** Adds a check that cannot hold if the figure that decides was not measured. */
function withPreference(record: LabRecord, report: LimitReport, request: DecisionRequest): LimitReport {
  const limit = DECIDING[request.prefer];
  const figure = preferredFigure(record, request);
  if (!('missing' in figure) || report.checks.some((check) => check.limit === limit)) return report;
  const allowed = isMinimum(limit) ? 0 : Infinity;
  const outcome = report.outcome === 'fails' ? 'fails' : 'unsure';
  return { outcome, checks: [...report.checks, { limit, allowed, outcome: 'unsure', figure }] };
}

function cost(record: LabRecord, request: DecisionRequest): number {
  const figure = preferredFigure(record, request);
  if ('missing' in figure) return Infinity;
  return request.prefer === 'speed' ? -figure.value : figure.value;
}

function missed({ report }: DecisionCandidate): LimitCheck[] {
  return report.checks.filter(({ outcome }) => outcome !== 'holds');
}

/** Returns by how much a candidate misses the known figure that misses its limit most, as a ratio; 0 if all are unknown. */
function excess(candidate: DecisionCandidate): number {
  return Math.max(0, ...missed(candidate).map(excessOf));
}

function excessOf({ limit, allowed, figure }: LimitCheck): number {
  if ('missing' in figure) return 0;
  if (isMinimum(limit)) return figure.low > 0 ? allowed / figure.low : Infinity;
  const bound = Number.isFinite(figure.high) ? figure.high : figure.value;
  return allowed > 0 ? bound / allowed : 1 + bound;
}

/** Returns the records that no other dominates in bytes, loss and, if all have it, the rate of generating. */
function paretoSet(records: readonly LabRecord[]): ReadonlySet<LabRecord> {
  const rates = records.map((record) => limitFigure(record, 'decode'));
  const timed = rates.every((rate) => !('missing' in rate));
  const points = records.map((record, i) => {
    const rate = rates[i];
    return [fileBytes(record), lossOf(record).value, timed && !('missing' in rate) ? -rate.value : 0];
  });
  const dominates = (a: readonly number[], b: readonly number[]) =>
    a.every((x, i) => x <= b[i]) && a.some((x, i) => x < b[i]);
  return new Set(records.filter((_, i) => !points.some((other) => dominates(other, points[i]))));
}

function sortedBy(
  candidates: readonly DecisionCandidate[],
  keys: readonly ((candidate: DecisionCandidate) => number)[],
): DecisionCandidate[] {
  return [...candidates].sort((a, b) => {
    for (const key of keys) {
      const [x, y] = [key(a), key(b)];
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  });
}

/** What a candidate is called that is better than others by a preference. */
export const BEST: Readonly<Record<Preference, string>> = {
  bytes: 'smallest',
  price: 'cheapest',
  speed: 'fastest',
};
