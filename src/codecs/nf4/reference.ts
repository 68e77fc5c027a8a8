import { lookupReference } from '../lookup4/reference';
import { NF4 } from '../lookup4/tables';

/** The readable definition of nf4: lookup4 with the NF4 levels. */
export const reference = lookupReference(NF4);
