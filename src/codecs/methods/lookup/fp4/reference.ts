import { lookupReference } from '../../../kit/lookupTable/reference';
import { FP4 } from '../../../kit/lookupTable/tables';

/** The readable definition of fp4: lookup4 with the FP4 levels. */
export const reference = lookupReference(FP4);
