import { rawTensorBytes, type Dtype } from '../dtypes';
import type { FileTensor } from '../fileTensor';

/** The transpose of a matrix in a file, made when it is read. */
export class TransposedTensor implements FileTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly byteLength: number;
  readonly owned = true;

  constructor(private readonly stored: FileTensor) {
    const [rows, columns] = stored.shape;
    this.dtype = stored.dtype;
    this.shape = [columns, rows];
    this.byteLength = stored.byteLength;
  }

  async read(begin = 0, end = this.byteLength): Promise<Uint8Array> {
    const width = rawTensorBytes(this.dtype, [1]);
    const [columns, rows] = this.shape;
    const from = await this.stored.read();
    const to = new Uint8Array(this.byteLength);
    for (let r = 0, at = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        for (let b = 0; b < width; b++, at++) to[(c * rows + r) * width + b] = from[at];
    return to.subarray(begin, end);
  }
}
