import { signed } from '../../../../base/format';
import type { LabRecord } from '../../../results/record';

/** Gains in dB below this are chance. */
const MARGIN_DB = 0.1;
/** What one more bit gains where rounding is fine: it halves the error. */
const DB_PER_BIT = 20 * Math.log10(2);

type Layers = NonNullable<LabRecord['error']>['layers'];
type Arm = Pick<Layers[number], 'bits' | 'relativeL2'>;

/** Error of the identity over error of a basis at equal stored bits, in dB: positive where the basis helps. */
export function gainDb(basis: Arm, identity: Arm): number {
  return 20 * Math.log10(identity.relativeL2 / basis.relativeL2) + DB_PER_BIT * (identity.bits - basis.bits);
}

/** On how many tensors a basis helps, e.g. "helps on 3 of 36 tensors, mean −0.42 dB". */
export function helpsText(basis: Layers, identity: Layers): string {
  const controls = new Map(identity.map((layer) => [layer.name, layer]));
  const gains = basis.map((layer) => gainDb(layer, controls.get(layer.name)!));
  const helped = gains.filter((gain) => gain > MARGIN_DB).length;
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  return `helps on ${helped} of ${gains.length} tensors, mean ${signed(mean, 2)} dB`;
}
