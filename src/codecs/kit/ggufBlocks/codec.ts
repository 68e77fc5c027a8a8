import { decodeGgufBlocks } from './decode';
import { encodeGgufBlocks, ggufEncodeWork } from './encode';
import type { Coded } from '../../contract/defineCodec';
import { blocksLayout, blocksParts, type BlocksLayout, type BlocksParts } from './layout';
import type { GgufCodecType } from './meta';
import { ggufReference } from './reference';

/** Makes the definition of the codec of a type of llama.cpp. */
export function ggufBlocks(type: GgufCodecType) {
  return {
    layout: blocksLayout(type),
    parts: blocksParts,
    encode: encodeGgufBlocks,
    encodeWork: ggufEncodeWork,
    decode: decodeGgufBlocks,
    ggufBlocks: ({ layout, parts }: Coded<BlocksLayout, BlocksParts>) => ({
      type: layout.type,
      bytes: parts.blocks,
    }),
    reference: ggufReference,
    // Whatever scale a search chooses, the values that it cannot reach err by less than they would as 0; the rest is the rounding of
    // scales to float16, and the spacing of its subnormals times the largest code.
    errorBound: () => (largest: number) => largest * (1 + 2 ** -10) + 2 ** -17,
  };
}
