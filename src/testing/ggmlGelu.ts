import { vi } from 'vitest';
import { OnnxGraph, type NodeOptions } from '../onnx/graph';

const FLOAT16 = 10;
const FLOAT32 = 1;

/**
 * Makes graphs compute GELU as ggml does on the CPU until mocks are restored: by a table of float16 values for each float16
 * input (`ggml_vec_gelu_f32`, GGML_GELU_FP16). Beyond ±10, where ggml takes x and 0 as they are, the table only rounds.
 */
export function useGgmlGelu(): void {
  let serial = 0;
  vi.spyOn(OnnxGraph.prototype, 'node').mockImplementation(function (
    this: OnnxGraph,
    operator,
    inputs,
    options,
  ) {
    const add = (name: string, from: readonly string[], how?: NodeOptions) => {
      const output = `ggml_${name}_${serial++}`;
      this.nodeTo(output, name, from, how);
      return output;
    };
    if (operator !== 'Gelu') return add(operator, inputs, options);
    const cast = (from: string, to: number) => add('Cast', [from], { attributes: { to } });
    const rounded = (from: string) => cast(cast(from, FLOAT16), FLOAT32);
    return rounded(add('Gelu', [rounded(inputs[0])], options));
  });
}
