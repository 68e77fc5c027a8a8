import type { CodecSpec } from '../../../../codecs/contract/meta';
import { parseCodec } from '../../../../codecs/contract/spec';
import type { TrialCaches } from '../../../calibration/calibrator';
import type { LabEvent } from '../../../run/events';
import type { Lab } from '../../../lab';
import type { Plan } from '../../../plan/plan';
import type { LabRecord } from '../../../results/record';
import { runPlan, type CodecSearch, type RunOptions } from '../../../run/run';
import { namedPlan, type NamedPlan, type Overrides, type PlanOptions, type PlanRequest } from '../definition';
import { AIM, limitShare } from './limit';
import { familyFor, PLAIN, type Family } from './recipes';
import { BitsStage, LadderStage, RefineStage, smallestPassing, stages } from './search';
import { frontierTable } from './table';

const COMMON = {
  model: 'stories260K',
  /** Only a start: the search chooses the other codecs. */
  codec: 'float16',
  context: '256',
  windows: 'all',
  scope: 'all',
  'calibration-windows': '64',
  metrics: 'perplexity',
  verdict: 'off',
} as const satisfies PlanOptions;

const DATA = {
  'language-model': { development: 'tinystories-development', final: 'tinystories-final' },
  'image-classification': { development: 'cifar-10', final: 'cifar-10' },
} as const;
/** Images of the whole CIFAR-10 test set. */
const FINAL_IMAGES = 10_000;
const IMAGES = { development: '2000', final: String(FINAL_IMAGES) } as const;
/** Bits per weight between passing and failing targets at which the search ends. */
const TOLERANCE = 0.03;

const plan: NamedPlan = {
  id: 'frontier',
  title: 'The smallest artefact that loses less than 1 % of perplexity',
  note: `Searches for the smallest file whose upper 95 % bound of the paired difference stays under +1 % of perplexity, or under 0.5 points of
accuracy, with all bytes counted: scope all, the rest in float16. For texts it calibrates on tinystories-calibration (64 windows of
256 tokens), searches on the first third of the evaluation text, aiming at ${100 * AIM} % of the limit, and measures its choice once
on the other two thirds; \`--windows\` limits the development windows. For images it calibrates on 64 training images, searches on
the first 2,000 test images and measures its choice once on \`--data FILE\`, the whole test batch; without it there is no final
measurement. Bits are allocated by measured sensitivity (Shoham and Gersho 1988) over entropy-coded grids with error feedback and a
trellis; above 8 million parameters all matrices have one step. For comparison, plain rounding is searched in the same way.`,
  plans: (request) => [development(request), final(request)],
  run,
  table: frontierTable,
};

export default plan;

function development(request: PlanRequest): Plan {
  return planOn('development', without('data', request));
}

function final(request: PlanRequest): Plan {
  return planOn('final', without('windows', request));
}

function without(key: keyof Overrides, { names, overrides }: PlanRequest): PlanRequest {
  const kept = Object.entries(overrides).filter(([given]) => given !== key);
  return { names, overrides: Object.fromEntries(kept) };
}

function planOn(part: 'development' | 'final', request: PlanRequest): Plan {
  const { task } = request.names.model(request.overrides.model ?? COMMON.model);
  const data = DATA[task][part];
  return namedPlan({ ...COMMON, data, images: IMAGES[part] }, request);
}

/** Runs the search on development data, then measures what it chose once on data it has not seen. */
async function* run(
  lab: Lab,
  [searched, reported]: readonly Plan[],
  options: RunOptions,
): AsyncGenerator<LabEvent> {
  const records: LabRecord[] = [];
  const trialCaches: TrialCaches = new Map();
  let status: 'complete' | 'stopped' = 'complete';
  const { shape } = await lab.openModel(searched.model, options.signal);
  const search = searchIn(familyFor(shape.parameters));
  for await (const event of runPlan(lab, searched, { ...options, trialCaches, search })) {
    if (event.type === 'record') records.push(event.record);
    // Only the end of the last run is reported.
    if (event.type === 'done') status = event.status;
    else yield event;
  }
  const codecs = status === 'complete' && searched.data !== reported.data ? chosen(records) : [];
  if (codecs.length === 0) yield { type: 'done', status };
  else yield* runPlan(lab, { ...reported, codecs }, { ...options, trialCaches });
}

function searchIn({ recipe, start, dampings: [first, ...others] }: Family): CodecSearch {
  const shared = { tolerance: TOLERANCE, limitShare: aimed };
  const bits = new BitsStage({ ...shared, recipe: recipe(first), start, maxMeasurements: 7 });
  const refined = new RefineStage(bits, others.map(recipe), { ...shared, maxMeasurements: 4 });
  return stages([bits, refined, new LadderStage(PLAIN, aimed)]);
}

/** Chooses the smallest file of all, and the smallest of plain rounding for comparison. */
function chosen(records: readonly LabRecord[]): CodecSpec[] {
  const plain = records.filter(({ codec }) => codec.id === 'rtn');
  const best = [smallestPassing(records, aimed), smallestPassing(plain, aimed)];
  const spellings = new Set(best.flatMap((record) => (record ? [record.codec.spec] : [])));
  return [...spellings].map(parseCodec);
}

function aimed(record: LabRecord): number {
  return limitShare(record, FINAL_IMAGES) / AIM;
}
