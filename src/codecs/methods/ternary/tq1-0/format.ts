import { TQ1_TRITS } from '../../../../formats/gguf/blocks/tq1_0';
import { blockFormat } from '../../../kit/ternaryBlocks/tq';

/** TQ1_0: five trits a byte, in base 3. */
export const TQ1 = blockFormat('tq1', TQ1_TRITS);
