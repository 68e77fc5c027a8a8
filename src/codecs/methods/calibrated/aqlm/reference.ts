import { floatToHalfBits, halfBitsToFloat } from '../../../../base/float16';
import type { ReferenceInputs } from '../../../../calibrate/inputs';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { readCode, writeCode } from '../../../kit/bits';
import { halfBytes, halfValues, toHalf } from '../../../kit/halves';
import { bytesOf16, requireHalfScales } from '../../../kit/storedFloats';
import { aqlmParts, type AqlmLayout, type AqlmParts } from './layout';
import { dampingOf, GRADIENT_STEPS, KMEANS_ROUNDS, seedItems } from './schedule';

/** The state that the steps of encoding share. */
interface State {
  layout: AqlmLayout;
  /** W with every row divided by its scale, [rows, padded]. */
  target: Float64Array;
  /** The squared scales, [rows]. */
  weight: Float64Array;
  /** The codebooks, [codebooks, entries, size]. */
  books: Float64Array;
  /** [rows, groups, codebooks] */
  codes: Uint16Array;
  /** The damped Gram matrix G [padded, padded] that measures the error of a row, e G eᵀ; absent for the identity. */
  gram?: Float64Array;
}

/** AQLM (Egiazarian et al. 2024, section 3) with scales that stay as they start, and without fine-tuning. */
export const aqlmReference: ReferenceDefinition<AqlmLayout, AqlmParts> = {
  encode(values, layout, inputs) {
    const scales = rowScales(values, layout);
    const state = initialState(values, scales, layout);
    for (let m = 0; m < layout.codebooks; m++) initialise(state, m);
    if (layout.weighted && inputs) state.gram = dampedGram(layout, inputs);
    for (let i = 0; i < layout.iterations; i++) {
      sweep(state, 0, layout.codebooks);
      improveBooks(state);
    }
    state.books.forEach((value, i) => (state.books[i] = toHalf(value, 'nearest')));
    sweep(state, 0, layout.codebooks);
    return { ...packedCodes(state), codebooks: halfBytes(state.books, 'nearest'), scales: bytesOf16(scales) };
  },

  decode(parts, { rows, columns, codebooks, bits, entries, size, rowBytes }) {
    const books = halfValues(parts.codebooks);
    const scales = halfValues(parts.scales);
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const [row, column] = [Math.floor(i / columns), i % columns];
      const group = Math.floor(column / size);
      let sum = 0;
      for (let m = 0; m < codebooks; m++) {
        const code = readCode(parts.codes, row * rowBytes, group * codebooks + m, bits);
        sum = Math.fround(sum + books[(m * entries + code) * size + (column % size)]);
      }
      return sum * scales[row];
    });
  },
};

/** Computes the root mean square of every row, as float16 bits. */
function rowScales(values: Float32Array, { rows, columns }: AqlmLayout): Uint16Array {
  const scales = Uint16Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += values[row * columns + c] ** 2;
    return floatToHalfBits(Math.sqrt(sum / columns));
  });
  requireHalfScales('The matrix', bytesOf16(scales));
  return scales;
}

function initialState(values: Float32Array, scales: Uint16Array, layout: AqlmLayout): State {
  const { rows, columns, padded, groups, codebooks, entries, size } = layout;
  const target = new Float64Array(rows * padded);
  const weight = Float64Array.from(scales, (bits) => halfBitsToFloat(bits) ** 2);
  for (let row = 0; row < rows; row++)
    for (let c = 0; c < columns && scales[row] > 0; c++)
      target[row * padded + c] = values[row * columns + c] / halfBitsToFloat(scales[row]);
  const books = new Float64Array(codebooks * entries * size);
  return { layout, target, weight, books, codes: new Uint16Array(rows * groups * codebooks) };
}

/** Computes G + λI, with zero rows and columns in the padding. */
function dampedGram({ columns, padded, damping }: AqlmLayout, { gram }: ReferenceInputs): Float64Array {
  const diagonal = Float64Array.from({ length: columns }, (_, c) => gram[c * columns + c]);
  const lambda = dampingOf('The matrix', diagonal, damping);
  const all = new Float64Array(padded * padded);
  for (let i = 0; i < columns; i++)
    for (let j = 0; j < columns; j++) all[i * padded + j] = gram[i * columns + j] + (i === j ? lambda : 0);
  return all;
}

/** Returns element (i, j) of the metric, which is zero in the padding. */
function metric({ gram, layout }: State, i: number, j: number): number {
  if (gram) return gram[i * layout.padded + j];
  return i === j && i < layout.columns ? 1 : 0;
}

/** Fits codebook m by residual k-means with the identity as metric; the codebooks before it stay as they are. */
function initialise(state: State, m: number): void {
  const { layout, target, books } = state;
  const { padded, groups, entries, size, columns } = layout;
  seedItems(layout, m).forEach((item, k) => {
    const [row, g] = [Math.floor(item / groups), item % groups];
    const sum = sumOf(state, row, g, 0, m);
    for (let i = 0; i < size; i++)
      books[(m * entries + k) * size + i] =
        g * size + i < columns ? target[row * padded + g * size + i] - sum[i] : 0;
  });
  for (let round = 0; round < KMEANS_ROUNDS; round++) {
    sweep(state, m, m + 1);
    const { sums, squares } = gather(state, errors(state, m + 1));
    for (let i = m * entries * size; i < (m + 1) * entries * size; i++)
      if (squares[i] > 0) books[i] += sums[i] / squares[i];
  }
}

/** Sums the entries that group g of a row uses from codebooks [first, end). */
function sumOf(
  { layout, books, codes }: State,
  row: number,
  g: number,
  first: number,
  end: number,
  from: Float64Array = books,
): Float64Array {
  const { groups, codebooks, entries, size } = layout;
  const sum = new Float64Array(size);
  for (let m = first; m < end; m++) {
    const entry = m * entries + codes[(row * groups + g) * codebooks + m];
    for (let i = 0; i < size; i++) sum[i] += from[entry * size + i];
  }
  return sum;
}

/** Computes target − decoded with codebooks below `last`, [rows, padded], and zero in the padding. */
function errors(state: State, last: number): Float64Array {
  const { rows, columns, padded, groups, size } = state.layout;
  const e = new Float64Array(rows * padded);
  for (let row = 0; row < rows; row++)
    for (let g = 0; g < groups; g++)
      sumOf(state, row, g, 0, last).forEach((value, i) => {
        const at = row * padded + g * size + i;
        if (g * size + i < columns) e[at] = state.target[at] - value;
      });
  return e;
}

/** The codes of a group and their loss. */
interface Beam {
  codes: number[];
  loss: number;
}

/** Sweeps once over all groups, one after the other, with the beam search over codebooks [first, last). */
function sweep(state: State, first: number, last: number): void {
  const { rows, columns, padded, groups, codebooks, size } = state.layout;
  const e = errors(state, last);
  for (let g = 0; g < groups; g++) {
    const norms = entryNorms(state, g);
    for (let row = 0; row < rows; row++) {
      const error = e.subarray(row * padded, (row + 1) * padded);
      const before = sumOf(state, row, g, 0, last);
      const goal = multiplyBlock(state, g, before).map(
        (value, i) => value + product(state, error, g * size + i),
      );
      const at = (row * groups + g) * codebooks;
      const old = [...state.codes.subarray(at, at + codebooks)];
      state.codes.set(searchGroup(state, { g, goal, norms, old, first, last }), at);
      sumOf(state, row, g, 0, last).forEach((value, i) => {
        if (g * size + i < columns) error[g * size + i] += before[i] - value;
      });
    }
  }
}

/** Computes (G·e)[column] for the error of one row. */
function product(state: State, error: Float64Array, column: number): number {
  if (!state.gram) return error[column];
  let sum = 0;
  for (let k = 0; k < error.length; k++) sum += state.gram[column * state.layout.padded + k] * error[k];
  return sum;
}

/** Computes B·v with the metric's block B of group g. */
function multiplyBlock(state: State, g: number, v: ArrayLike<number>): Float64Array {
  const { size } = state.layout;
  return Float64Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += metric(state, g * size + i, g * size + j) * v[j];
    return sum;
  });
}

/** Computes cᵀBc of every entry c, with the metric's block B of group g. */
function entryNorms(state: State, g: number): Float64Array {
  const { codebooks, entries, size } = state.layout;
  return Float64Array.from({ length: codebooks * entries }, (_, k) => {
    const c = state.books.subarray(k * size, (k + 1) * size);
    return dot(c, multiplyBlock(state, g, c));
  });
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

interface GroupSearch {
  g: number;
  /** q + B·v₀; the loss of a sum of entries v is vᵀBv − 2 vᵀ·goal. */
  goal: Float64Array;
  norms: Float64Array;
  old: number[];
  first: number;
  last: number;
}

/** Finds the codes of one group of a row, given all other groups. Codebook by codebook, every beam tries every entry. */
function searchGroup(state: State, search: GroupSearch): number[] {
  let beams: Beam[] = [{ codes: search.old, loss: Infinity }];
  for (let m = search.first; m < search.last; m++) {
    const best: Beam[] = [];
    for (const beam of beams.slice(0, state.layout.beams)) expand(state, search, beam, m, best);
    beams = best;
  }
  return beams[0].codes;
}

/** Beams kept while one codebook is tried. The option `beams` says how many of them continue. */
const KEPT = 4;

function expand(
  state: State,
  { g, goal, norms, last }: GroupSearch,
  beam: Beam,
  m: number,
  best: Beam[],
): void {
  const { entries, size } = state.layout;
  const others = new Float64Array(size);
  for (let other = 0; other < last; other++)
    for (let i = 0; i < size && other !== m; i++)
      others[i] += state.books[(other * entries + beam.codes[other]) * size + i];
  const weighted = multiplyBlock(state, g, others);
  const base = dot(others, weighted) - 2 * dot(others, goal);
  const slope = goal.map((value, i) => -2 * (value - weighted[i]));
  for (let k = 0; k < entries; k++) {
    const entry = m * entries + k;
    let loss = base + norms[entry];
    for (let i = 0; i < size; i++) loss += state.books[entry * size + i] * slope[i];
    if (best.length === KEPT && loss >= best[KEPT - 1].loss) continue;
    insert(best, { codes: beam.codes.with(m, k), loss });
  }
}

/** Keeps the best beams in order, the earlier of equal ones first, and no codes twice. */
function insert(best: Beam[], beam: Beam): void {
  if (best.some(({ codes }) => codes.every((code, m) => code === beam.codes[m]))) return;
  const at = best.findIndex(({ loss }) => beam.loss < loss);
  best.splice(at < 0 ? best.length : at, 0, beam);
  best.length = Math.min(best.length, KEPT);
}

/** Sums weight · q and weight · diagonal of the metric over the vectors that use each entry. */
function gather(state: State, q: Float64Array): { sums: Float64Array; squares: Float64Array } {
  const { rows, padded, groups, codebooks, entries, size } = state.layout;
  const sums = new Float64Array(state.books.length);
  const squares = new Float64Array(state.books.length);
  for (let row = 0; row < rows; row++)
    for (let g = 0; g < groups; g++)
      for (let m = 0; m < codebooks; m++) {
        const entry = m * entries + state.codes[(row * groups + g) * codebooks + m];
        for (let i = 0; i < size; i++) {
          const column = g * size + i;
          sums[entry * size + i] += state.weight[row] * q[row * padded + column];
          squares[entry * size + i] += state.weight[row] * metric(state, column, column);
        }
      }
  return { sums, squares };
}

/** Computes E·G for all rows. */
function projected(state: State, e: Float64Array): Float64Array {
  const { rows, padded } = state.layout;
  const q = new Float64Array(e.length);
  for (let row = 0; row < rows; row++) {
    const error = e.subarray(row * padded, (row + 1) * padded);
    for (let c = 0; c < padded; c++) q[row * padded + c] = product(state, error, c);
  }
  return q;
}

/** Fits all codebooks to the codes by preconditioned conjugate gradients on the least-squares problem. */
function improveBooks(state: State): void {
  const { books, layout } = state;
  const { sums: residual, squares } = gather(state, projected(state, errors(state, layout.codebooks)));
  const precondition = () => residual.map((value, i) => (squares[i] > 0 ? value / squares[i] : 0));
  let direction = precondition();
  let before = dot(residual, direction);
  for (let step = 0; step < GRADIENT_STEPS; step++) {
    const { sums: image } = gather(state, projected(state, decoded(state, direction)));
    const along = dot(direction, image);
    if (!(along > 0 && before > 0)) return;
    for (let i = 0; i < books.length; i++) {
      books[i] += (before / along) * direction[i];
      residual[i] -= (before / along) * image[i];
    }
    const next = precondition();
    const after = dot(residual, next);
    direction = next.map((value, i) => value + (after / before) * direction[i]);
    before = after;
  }
}

/** Decodes the codes with other codebooks, [rows, padded]. */
function decoded(state: State, books: Float64Array): Float64Array {
  const { rows, columns, padded, groups, codebooks, size } = state.layout;
  const values = new Float64Array(rows * padded);
  for (let row = 0; row < rows; row++)
    for (let g = 0; g < groups; g++)
      sumOf(state, row, g, 0, codebooks, books).forEach((value, i) => {
        if (g * size + i < columns) values[row * padded + g * size + i] = value;
      });
  return values;
}

function packedCodes({ layout, codes: all }: State): AqlmParts {
  const { rows, groups, codebooks, bits, rowBytes } = layout;
  const parts = zeroedParts(aqlmParts(layout));
  const perRow = groups * codebooks;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < perRow; i++) writeCode(parts.codes, row * rowBytes, i, bits, all[row * perRow + i]);
  return parts;
}
