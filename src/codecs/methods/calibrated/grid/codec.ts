import { defineCodec } from '../../../contract/defineCodec';
import { sharedFeedback } from '../../../kit/errorFeedback/feedback';
import { decodeGrid } from './decode';
import { encodeGrid } from './encode';
import { gridErrorBound, gridLayout, gridParts, type GridLayout } from './layout';
import meta from './meta';
import { gridReference } from './reference';
import { gridWork } from './work';

const hessianOptions = ({ feedback, damping }: GridLayout) =>
  feedback ? { damping, actOrder: false } : undefined;

export default defineCodec(meta, {
  layout: gridLayout,
  parts: gridParts,
  ...sharedFeedback(hessianOptions, encodeGrid),
  encodeWork: gridWork,
  decode: decodeGrid,
  reference: gridReference,
  // Float32 sums choose the path through the trellis.
  equalCodes: ({ trellis }) => !trellis,
  // The bound holds without calibration; error feedback moves weights without one.
  errorBound: gridErrorBound,
});
