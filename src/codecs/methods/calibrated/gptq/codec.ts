import { defineCodec } from '../../../contract/defineCodec';
import { encodeWithFeedback } from '../../../kit/errorFeedback/encode';
import { sharedFeedback } from '../../../kit/errorFeedback/feedback';
import { feedbackLayout } from '../../../kit/errorFeedback/layout';
import { uniformFeedbackReference } from '../../../kit/errorFeedback/reference';
import { uniformFeedbackWork } from '../../../kit/errorFeedback/work';
import { uniformGrid } from '../../../kit/uniformGrid/codec';
import meta from './meta';

/** Parts, decoder, packed product and error bound are those of plain rounding; only the choice of codes differs. */
export default defineCodec(meta, {
  ...uniformGrid,
  ...sharedFeedback((layout) => layout, encodeWithFeedback),
  layout: feedbackLayout,
  encodeWork: uniformFeedbackWork,
  reference: uniformFeedbackReference,
});
