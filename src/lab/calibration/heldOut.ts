import { LabError } from '../../base/errors';
import { datasets, type Dataset } from '../../data/catalogue';
import type { ImageData, TextData } from '../../data/datasets';
import { imagesInBoth, passagesInBoth } from '../../data/overlap';
import type { Lab } from '../lab';

/** What the check of training or calibration data needs. */
export interface HeldOutInput {
  lab: Lab;
  /** The plan's name of that data. */
  data: string;
  /** What the data is used for. */
  use: 'training' | 'calibration';
  /** The data that is measured on, if any. */
  measured?: { id: string; sha256: string };
  signal?: AbortSignal;
}

const WORDS = {
  training: { learner: 'a model trained on it', remedy: 'Train on other data' },
  calibration: { learner: 'a codec calibrated on it', remedy: 'Calibrate on other data' },
} as const;

/**
 * Refuses a text that contains passages of an evaluation set or of the text this plan measures on.
 * @throws LabError bad-plan saying how much of which set; what opening that set throws
 */
export async function refuseHeldOutText(text: TextData, input: HeldOutInput): Promise<void> {
  refuseWhole(text.sha256, input);
  for (const { id, label } of comparedSets('text', input)) {
    const other = await input.lab.openText(id, input.signal);
    const { found, of, first } = passagesInBoth(text.text, other.text);
    if (found > 0) throw holds(input, `${found} of ${of} passages of ${label}, the first from “${first}” on`);
  }
}

/** Refuses images that are also in such a set, pixel for pixel. @throws as `refuseHeldOutText` */
export async function refuseHeldOutImages(images: ImageData, input: HeldOutInput): Promise<void> {
  refuseWhole(images.sha256, input);
  for (const { id, label } of comparedSets('images', input)) {
    const shared = imagesInBoth(images, await input.lab.openImages(id, input.signal));
    if (shared.length > 0)
      throw holds(input, `${counted(shared.length)} of ${label}, the first as its number ${shared[0]}`);
  }
}

/** Refuses evaluation data as a whole: by checksum, whatever its name, and by name where a set is derived from a file. */
function refuseWhole(sha256: string, input: HeldOutInput): void {
  const { data, measured, use } = input;
  if (sha256 === measured?.sha256)
    throw refusal(
      input,
      `${data} is the data this plan measures on: ${WORDS[use].learner} would know the answers.`,
    );
  const reserved = datasets.find(
    (set) => set.use === 'evaluation' && (set.sha256 === sha256 || set.id === data),
  );
  if (reserved) throw refusal(input, `${data} is ${reserved.label}: it is kept for measuring.`);
}

/**
 * Lists the sets to compare data with: the evaluation sets that ship, each file once, and other data this run measures
 * on. Other sets that ship share nothing with the evaluation sets (heldOut.test.ts), so that nothing is loaded for
 * them.
 */
function comparedSets(
  kind: Dataset['kind'],
  { data, measured }: HeldOutInput,
): { id: string; label: string }[] {
  const reserved = datasets.filter((set) => set.kind === kind && set.use === 'evaluation');
  const ships = datasets.some((set) => set.id === data);
  const whole = reserved.filter((set, i) => reserved.findIndex(({ file }) => file === set.file) === i);
  const own = measured && !reserved.some(({ id }) => id === measured.id);
  return [
    ...(ships ? [] : whole),
    ...(own ? [{ id: measured.id, label: 'what this plan measures on' }] : []),
  ];
}

function counted(images: number): string {
  return images === 1 ? 'an image' : `${images} images`;
}

function holds(input: HeldOutInput, what: string): LabError {
  const { learner, remedy } = WORDS[input.use];
  const message = `${input.data} holds ${what}: ${learner} would know the answers.`;
  return refusal(input, message, `Take them out, or ${remedy.charAt(0).toLowerCase()}${remedy.slice(1)}`);
}

function refusal({ use }: HeldOutInput, message: string, remedy: string = WORDS[use].remedy): LabError {
  const known = datasets.flatMap((set) => (set.use === use ? [set.id] : []));
  return new LabError('bad-plan', message, `${remedy}, e.g. ${known.join(', ')}.`);
}
