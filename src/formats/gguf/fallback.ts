import { layoutOfName } from './blockTypes';

/** The type of matrices whose rows are not whole blocks of the first one, in llama.cpp v0.5.0 (`tensor_type_fallback`). */
const FALLBACKS: Readonly<Record<string, string>> = {
  Q2_K: 'Q4_0',
  Q3_K: 'Q4_0',
  Q4_K: 'Q5_0',
  Q5_K: 'Q5_1',
  Q6_K: 'Q8_0',
  IQ4_XS: 'IQ4_NL',
  TQ1_0: 'Q4_0',
  TQ2_0: 'Q4_0',
};

/** Returns the type in which a matrix is stored: `type`, or llama.cpp's fallback, or F16 if its rows fill the blocks of neither. */
export function fittedType(type: string, columns: number): string {
  const candidates = [type, FALLBACKS[type]].filter((name) => name !== undefined);
  return candidates.find((name) => columns % layoutOfName(name).blockSize === 0) ?? 'F16';
}
