import type { Imatrix } from '../../../formats/imatrix/content';
import { blockType } from '../../../formats/gguf/blockTypes';
import { parseGguf } from '../../../formats/gguf/parse';
import { decodeGgufTensor, ggufTensorBytes } from '../../../formats/gguf/tensor';
import type { GgufFile } from '../../../formats/gguf/types';
import { writeGguf } from '../../../formats/gguf/write';
import type { Exportable } from '../../load/export';
import { exportGguf } from '../export';
import { fileType } from '../fileTypes';

/** The types of all tensors of a file, by name. */
export type TensorTypes = Readonly<Record<string, { type: string }>>;

/** The F32 file of a model, whose tensors are encoded in the types that a file of llama-quantize has. */
export class RequantisedModel {
  private readonly bytes: Uint8Array;
  private readonly file: GgufFile;
  private readonly encoded = new Map<string, Uint8Array>();

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.file = parseGguf(bytes);
  }

  static async of(model: Exportable): Promise<RequantisedModel> {
    const { bytes } = await exportGguf(model, { type: fileType('F32'), name: 'source' });
    return new RequantisedModel(bytes);
  }

  /** Returns the stored bytes of a tensor in a type. */
  tensor(name: string, type: string, imatrix?: Imatrix): Uint8Array {
    const columns = imatrix?.entries.get(name)?.meanSquares;
    const key = `${name} ${type} ${columns !== undefined}`;
    const known = this.encoded.get(key);
    if (known) return known;
    const tensor = this.file.tensors.find((each) => each.name === name)!;
    const values = decodeGgufTensor(tensor, ggufTensorBytes(this.bytes, this.file, tensor));
    const bytes = blockType(type).encode(values, columns && { columns });
    this.encoded.set(key, bytes);
    return bytes;
  }

  /** Returns a file whose tensors have the given types. */
  write(types: TensorTypes, imatrix?: Imatrix): Uint8Array {
    const tensors = this.file.tensors.map(({ name, dims }) => {
      const { type } = types[name];
      return { name, dims, type, data: this.tensor(name, type, imatrix) };
    });
    return writeGguf({ metadata: [...this.file.metadata], tensors });
  }
}
