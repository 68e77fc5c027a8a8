import { blockType } from '../../../formats/gguf/blockTypes';
import { fittedType } from '../../../formats/gguf/fallback';
import type { MatrixShape } from '../../contract/codec';
import { part, type PartsOf } from '../../contract/parts';
import type { GgufCodecType, GgufOptions } from './meta';

/** The sizes of one matrix in blocks of llama.cpp. */
export interface BlocksLayout {
  /** The name of the type in ggml: that of the codec, or its fallback for rows that are not whole blocks. */
  type: string;
  rows: number;
  columns: number;
  blockSize: number;
  blockBytes: number;
  rowBytes: number;
  /** Whether errors are weighed by the mean squares of the layer's inputs. */
  weighs: boolean;
  /** Whether scales are searched beyond what llama.cpp tries. */
  wide: boolean;
}

/** Makes the `layout` function of a codec. */
export function blocksLayout(codecType: GgufCodecType) {
  return (
    [rows, columns]: MatrixShape,
    { importance = 'none', search = 'faithful' }: GgufOptions,
  ): BlocksLayout => {
    const type = fittedType(codecType, columns);
    const { blockSize, blockBytes } = blockType(type);
    const rowBytes = (columns / blockSize) * blockBytes;
    return {
      ...{ type, rows, columns, blockSize, blockBytes, rowBytes },
      weighs: importance === 'calibration',
      // Q8_0 may be the fallback of a type that searches; its scale leaves nothing to search.
      wide: search === 'wide' && type !== 'Q8_0' && type !== 'F16',
    };
  };
}

/** Describes `blocks` U8 [out, bytes of a row], exactly as in a GGUF file. */
export function blocksParts({ rows, rowBytes }: BlocksLayout) {
  return { blocks: part('codes', 'U8', [rows, rowBytes], { unpadded: true }) };
}

export type BlocksParts = PartsOf<typeof blocksParts>;
