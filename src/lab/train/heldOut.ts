import { LabError } from '../../base/errors';
import { datasets, type Dataset } from '../../data/catalogue';
import type { ImageData, TextData } from '../../data/datasets';
import { imagesInBoth, passagesInBoth } from '../../data/overlap';
import type { Lab } from '../lab';
import type { TrainPlan } from './trainPlan';

/** What the check of training data needs to know. */
export interface HeldOutInput {
  lab: Lab;
  plan: TrainPlan;
  /** Checksum of what is measured on. */
  evaluationSha256: string;
  signal?: AbortSignal;
}

/**
 * Nobody trains on a text that holds passages of what is measured on, here or by anybody.
 * @throws LabError bad-plan saying how much of which set; what opening that set throws
 */
export async function refuseHeldOutText(text: TextData, input: HeldOutInput): Promise<void> {
  refuseWhole(text.sha256, input);
  for (const { id, label } of comparedSets('text', input.plan)) {
    const other = await input.lab.openText(id, input.signal);
    const { found, of, first } = passagesInBoth(text.text, other.text);
    if (found > 0)
      throw holds(text.id, `${found} of ${of} passages of ${label}, the first from “${first}” on`);
  }
}

/** The same for images, pixel for pixel. */
export async function refuseHeldOutImages(images: ImageData, input: HeldOutInput): Promise<void> {
  refuseWhole(images.sha256, input);
  for (const { id, label } of comparedSets('images', input.plan)) {
    const shared = imagesInBoth(images, await input.lab.openImages(id, input.signal));
    if (shared.length > 0)
      throw holds(images.id, `${counted(shared.length)} of ${label}, the first as its number ${shared[0]}`);
  }
}

/** Known by checksum, whatever its name, and by name where a set is derived from a file. */
function refuseWhole(sha256: string, { plan: { data }, evaluationSha256 }: HeldOutInput): void {
  const reserved = datasets.find(
    (set) => set.use === 'evaluation' && (set.sha256 === sha256 || set.id === data),
  );
  if (sha256 !== evaluationSha256 && !reserved) return;
  throw refusal(
    reserved
      ? `${data} is ${reserved.label}: it is kept for measuring.`
      : `${data} is the data this plan measures on: a model trained on it would know the answers.`,
  );
}

/**
 * What training data is compared with: the evaluation sets that ship, each file once, and whatever else this run measures on.
 * Training sets that ship share nothing with the former (heldOut.test.ts), so that nothing is loaded for them.
 */
function comparedSets(kind: Dataset['kind'], { data, measure }: TrainPlan): { id: string; label: string }[] {
  const reserved = datasets.filter((set) => set.kind === kind && set.use === 'evaluation');
  const ships = datasets.some((set) => set.id === data);
  const whole = reserved.filter((set, i) => reserved.findIndex(({ file }) => file === set.file) === i);
  const isReserved = reserved.some(({ id }) => id === measure.data);
  return [
    ...(ships ? [] : whole),
    ...(isReserved ? [] : [{ id: measure.data, label: 'what this plan measures on' }]),
  ];
}

function counted(images: number): string {
  return images === 1 ? 'an image' : `${images} images`;
}

function holds(data: string, what: string): LabError {
  return refusal(
    `${data} holds ${what}: a model trained on it would know the answers.`,
    'Take them out, or train on other data',
  );
}

function refusal(message: string, remedy = 'Train on other data'): LabError {
  const known = datasets.flatMap((set) => (set.use === 'training' ? [set.id] : []));
  return new LabError('bad-plan', message, `${remedy}, e.g. ${known.join(', ')}.`);
}
