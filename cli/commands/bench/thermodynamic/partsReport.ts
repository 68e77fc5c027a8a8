import { fixed, significant } from '../../../../src/base/format';
import { markdownTable, type TableColumn } from '../../../../src/base/markdown';
import type { PartResults, ProfileResult } from '../../../../src/lab/studies/thermodynamic/parts';
import { met } from './verdicts';

/** Writes what the published parts beside the phases do on the benchmark's data. */
export function partsText({ profiles, speeds, entropyBits, equalised, smoothed }: PartResults): string {
  const times = speeds.map(
    ({ method, ratio, published }) => `${method} ${fixed(ratio, 2)} (${fixed(published, 1)})`,
  );
  return (
    `Other published parts, on 16,384 weights:\n\n${markdownTable(COLUMNS, profiles)}\n` +
    `Bits are accepted if the cosine similarity of restored weights is at least 0.70, 0.90 and 0.95 for 2, 4 and 8 bits. The entropy of the ramp ` +
    `chooses ${entropyBits} bits. Equalisation changes the squared error of outputs with 8-bit weights and activations by a factor of ` +
    `${significant(equalised)} where input columns differ 128-fold. Moving activations a tenth towards their mean changes ` +
    `${fixed(100 * smoothed, 2)} % of their mean square. Time of the smoothing methods beside the linear one, and as published: ` +
    `${times.join(', ')}.\n`
  );
}

const COLUMNS: readonly TableColumn<ProfileResult>[] = [
  ['Profile', ({ name }) => name, 'left'],
  ['Bits', ({ bits }) => String(bits)],
  ['Weights in a group', ({ groupSize }) => String(groupSize)],
  ['Time groups', ({ groups }) => String(groups)],
  ['Smoothness', ({ score }) => fixed(score, 4)],
  ['Asked for', ({ minScore }) => `≥ ${fixed(minScore, 2)}`],
  ['Smoothness', ({ score, minScore }) => met(score >= minScore), 'left'],
  ['Accepted bits', ({ accepted }) => (accepted === undefined ? 'none' : String(accepted))],
];
