import { lookupReference } from '../../../kit/lookupTable/reference';
import { NF4 } from '../../../kit/lookupTable/tables';

/** The readable definition of nf4: lookup4 with the NF4 levels. */
export const reference = lookupReference(NF4);
