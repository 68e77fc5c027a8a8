import { TQ2_TRITS } from '../../../../formats/gguf/blocks/tq2_0';
import { blockFormat } from '../../../kit/ternaryBlocks/tq';

/** The format TQ2_0, with trit + 1 in two bits. */
export const TQ2 = blockFormat('tq2', TQ2_TRITS, 'TQ2_0');
