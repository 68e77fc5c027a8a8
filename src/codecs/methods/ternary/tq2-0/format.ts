import { TQ2_TRITS } from '../../../../formats/gguf/blocks/tq2_0';
import { blockFormat } from '../../../kit/ternaryBlocks/tq';

/** TQ2_0: two bits per weight, trit + 1. */
export const TQ2 = blockFormat('tq2', TQ2_TRITS);
