import { TQ1_TRITS } from '../../../../formats/gguf/blocks/tq1_0';
import { blockFormat } from '../../../kit/ternaryBlocks/tq';

/** The format TQ1_0, with five trits per byte in base 3. */
export const TQ1 = blockFormat('tq1', TQ1_TRITS, 'TQ1_0');
