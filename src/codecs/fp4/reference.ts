import { lookupReference } from '../lookup4/reference';
import { FP4 } from '../lookup4/tables';

/** The readable definition of fp4: lookup4 with the FP4 levels. */
export const reference = lookupReference(FP4);
