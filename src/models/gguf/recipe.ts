/** Types that llama-quantize need not be told: it keeps these tensors as they are. */
const FLOATS: readonly string[] = ['F32', 'F16', 'BF16'];

/**
 * Returns the arguments by which llama-quantize gives every matrix the type it has in a file: a pattern for each matrix in the blocks,
 * and the options of its own that the token table and the head have.
 * @param types the type of every matrix by its name in the file
 */
export function quantizeArguments(types: ReadonlyMap<string, string>): string[] {
  const given: string[] = [];
  for (const [name, type] of types) {
    if (FLOATS.includes(type)) continue;
    const value = type.toLowerCase();
    if (name === 'token_embd.weight') {
      given.push('--token-embedding-type', value);
      // A table that is the head as well counts as the head.
      if (!types.has('output.weight')) given.push('--output-tensor-type', value);
    } else if (name === 'output.weight') given.push('--output-tensor-type', value);
    else given.push('--tensor-type', `${name.replaceAll('.', '\\.')}=${value}`);
  }
  return given;
}
