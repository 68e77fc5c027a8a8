import type { Codec } from '../../../contract/codec';
import { uniformGridCodec } from '../../../kit/uniformGrid/codec';
import { encodeGptq, encodeGptqGroup } from '../../../kit/errorFeedback/encode';
import meta from './meta';
import reference from '../../../kit/errorFeedback/reference';
import { gptqWork } from '../../../kit/errorFeedback/work';

/** Layout, decoder, packed product and error bound are those of plain rounding; only the codes are chosen otherwise. */
const codec: Codec = {
  ...uniformGridCodec(meta),
  encodeWork: gptqWork,
  encode: encodeGptq,
  encodeGroup: encodeGptqGroup,
  reference,
};

export default codec;
