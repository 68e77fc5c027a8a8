import { signed } from '../../../../base/format';
import type { LabRecord } from '../../../results/record';

/** Gains below this, in dB, count as chance. */
const MARGIN_DB = 0.1;
/** Gain of one more bit, in dB: it halves the error of fine rounding. */
const DB_PER_BIT = 20 * Math.log10(2);

type Layers = NonNullable<LabRecord['error']>['layers'];
type LayerError = Pick<Layers[number], 'bits' | 'relativeL2'>;

/** Returns the error of the identity over the error of a basis at equal stored bits, in dB. It is positive if the basis helps. */
export function gainDb(basis: LayerError, identity: LayerError): number {
  return 20 * Math.log10(identity.relativeL2 / basis.relativeL2) + DB_PER_BIT * (identity.bits - basis.bits);
}

/** Says on how many tensors a basis helps, e.g. "helps on 3 of 36 tensors, mean −0.42 dB". */
export function helpsText(basis: Layers, identity: Layers): string {
  const controls = new Map(identity.map((layer) => [layer.name, layer]));
  const gains = basis.map((layer) => gainDb(layer, controls.get(layer.name)!));
  const helped = gains.filter((gain) => gain > MARGIN_DB).length;
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  return `helps on ${helped} of ${gains.length} tensors, mean ${signed(mean, 2)} dB`;
}
