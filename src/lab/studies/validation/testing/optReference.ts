/**
 * OPT in plain float64 loops (Zhang et al. 2022, https://arxiv.org/abs/2205.01068), and the perplexity of the GPTQ
 * paper's code, written from the papers for tests. They share no code with the lab.
 */
export interface OptWeights {
  width: number;
  heads: number;
  layers: number;
  /** Tensors by Hugging Face's names, without `model.decoder.`. */
  get: (name: string) => ArrayLike<number>;
}

const EPSILON = 1e-5;
/** Rows of the position table that were kept for padding. */
const OFFSET = 2;

/** Computes the logits [length][vocabulary] of one sequence. */
export function optLogits(weights: OptWeights, ids: ArrayLike<number>): Float64Array[] {
  const { width, layers, get } = weights;
  const [tokens, positions] = [get('embed_tokens.weight'), get('embed_positions.weight')];
  let hidden: Float64Array[] = Array.from({ length: ids.length }, (_, t) =>
    Float64Array.from(
      { length: width },
      (_, c) => tokens[ids[t] * width + c] + positions[(t + OFFSET) * width + c],
    ),
  );
  for (let layer = 0; layer < layers; layer++) hidden = block(weights, `layers.${layer}`, hidden);
  const final = hidden.map((row) => layerNorm(weights, 'final_layer_norm', row));
  return final.map((row) => product(tokens, row));
}

function block(weights: OptWeights, at: string, hidden: Float64Array[]): Float64Array[] {
  const normed = hidden.map((row) => layerNorm(weights, `${at}.self_attn_layer_norm`, row));
  const attended = attention(weights, `${at}.self_attn`, normed);
  const after = hidden.map((row, t) => row.map((x, c) => x + attended[t][c]));
  return after.map((row) => {
    const inner = linear(weights, `${at}.fc1`, layerNorm(weights, `${at}.final_layer_norm`, row));
    const update = linear(
      weights,
      `${at}.fc2`,
      inner.map((x) => Math.max(0, x)),
    );
    return row.map((x, c) => x + update[c]);
  });
}

function attention(weights: OptWeights, at: string, rows: Float64Array[]): Float64Array[] {
  const { width, heads } = weights;
  const [query, key, value] = ['q_proj', 'k_proj', 'v_proj'].map((name) =>
    rows.map((row) => linear(weights, `${at}.${name}`, row)),
  );
  const size = width / heads;
  const mixed = rows.map((_, t) => {
    const out = new Float64Array(width);
    for (let head = 0; head < heads; head++)
      mix(out, { query: query[t], key, value, t, first: head * size, size });
    return out;
  });
  return mixed.map((row) => linear(weights, `${at}.out_proj`, row));
}

interface Head {
  query: Float64Array;
  key: Float64Array[];
  value: Float64Array[];
  t: number;
  first: number;
  size: number;
}

function mix(out: Float64Array, { query, key, value, t, first, size }: Head): void {
  const scores = new Float64Array(t + 1);
  for (let s = 0; s <= t; s++)
    for (let c = first; c < first + size; c++) scores[s] += (query[c] * key[s][c]) / Math.sqrt(size);
  const shares = softmax(scores);
  for (let s = 0; s <= t; s++) for (let c = first; c < first + size; c++) out[c] += shares[s] * value[s][c];
}

function softmax(scores: Float64Array): Float64Array {
  const max = scores.reduce((a, b) => Math.max(a, b));
  const powers = scores.map((x) => Math.exp(x - max));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((x) => x / sum);
}

function layerNorm({ get }: OptWeights, at: string, row: Float64Array): Float64Array {
  const [scale, shift] = [get(`${at}.weight`), get(`${at}.bias`)];
  const mean = row.reduce((a, b) => a + b) / row.length;
  const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
  return row.map((x, c) => ((x - mean) / Math.sqrt(variance + EPSILON)) * scale[c] + shift[c]);
}

function linear({ get }: OptWeights, at: string, row: Float64Array): Float64Array {
  const bias = get(`${at}.bias`);
  return product(get(`${at}.weight`), row).map((x, c) => x + bias[c]);
}

/** W·x, W [out, in]. */
function product(matrix: ArrayLike<number>, row: Float64Array): Float64Array {
  const width = row.length;
  return Float64Array.from({ length: matrix.length / width }, (_, o) => {
    let sum = 0;
    for (let c = 0; c < width; c++) sum += matrix[o * width + c] * row[c];
    return sum;
  });
}

/**
 * Computes perplexity as GPTQ's opt.py does: the mean loss of each window's length − 1 predictions times its length, summed and
 * divided by windows × length.
 */
export function gptqPerplexity(
  weights: OptWeights,
  ids: ArrayLike<number>,
  length: number,
  windows: number,
): number {
  let sum = 0;
  for (let w = 0; w < windows; w++) {
    const window = Array.from({ length }, (_, t) => ids[w * length + t]);
    const logits = optLogits(weights, window);
    let losses = 0;
    for (let t = 0; t + 1 < length; t++) losses -= Math.log(softmax(logits[t])[window[t + 1]]);
    sum += (losses / (length - 1)) * length;
  }
  return Math.exp(sum / (windows * length));
}

/** Rounds whole rows [out, in] by quant.py's asymmetric quantiser, in float32 as NumPy and PyTorch compute it. */
export function roundRowsAsPrinted(values: Float32Array, columns: number, bits: number): Float32Array {
  const levels = 2 ** bits - 1;
  return Float32Array.from(values, (w, i) => {
    const row = values.subarray(i - (i % columns), i - (i % columns) + columns);
    const low = Math.min(0, ...row);
    const scale = Math.fround(Math.fround(Math.max(0, ...row) - low) / levels);
    const even = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
    const zero = even(Math.fround(-low / scale));
    const code = Math.min(levels, Math.max(0, even(Math.fround(w / scale)) + zero));
    return Math.fround(scale * (code - zero));
  });
}
