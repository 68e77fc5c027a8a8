/** How far a result may be from a published figure: a perplexity plus a share of the figure. */
export interface FigureTolerance {
  perplexity: number;
  share: number;
}

export interface Published {
  value: number;
  within: FigureTolerance;
}

/** A codec of the grid, with the figure printed for it. */
export interface PublishedCell extends Published {
  /** The lab's spelling of what was measured: bits, groups, scheme and order as in the source. */
  codec: string;
  /** What another source prints for the same. */
  also?: number;
  /**
   * For calibrated codecs, the figure printed for plain rounding with the same bits and groups. If they are calibrated on other
   * text than the source's, they pass up to this figure.
   */
  rounding?: number;
}

/**
 * Published figures for one model under one protocol, the default export of `grids/<id>.ts`. A new file there adds a
 * grid.
 *
 * The protocol is that of the GPTQ paper's code (https://github.com/IST-DASLab/gptq, datautils.py and opt.py):
 * WikiText-2's raw test rows joined by blank lines, one token stream with the tokenizer's own special tokens, windows
 * of 2048 that do not overlap, the tail dropped. It sums each window's mean loss over 2047 predictions times 2048, and
 * divides by windows × 2048. Since all windows have one length, that is the lab's own mean over all predictions.
 */
export interface PublishedGrid {
  id: string;
  title: string;
  /** `owner/name@commit`. */
  model: string;
  data: 'wikitext-2-hf';
  /** Tokens per window. */
  context: number;
  /** Windows of the text with the model's tokenizer. Another number means another text or tokenizer. */
  windows: number;
  /** The model as it is, in float32. */
  float: Published & { also?: number };
  cells: readonly PublishedCell[];
  /** Where `value` is printed, and where `also` is. */
  source: string;
  alsoSource?: string;
  /** What to bear in mind when reading the table. */
  note: string;
}

/** Returns the smallest and the largest value that pass. */
export function bounds({ value, within }: Published): [number, number] {
  const distance = within.perplexity + within.share * value;
  return [value - distance, value + distance];
}

/**
 * Returns the smallest and the largest value that pass for a cell of the grid.
 * @param sameText whether the codec is calibrated on the text that the source used
 */
export function cellBounds(cell: PublishedCell, sameText: boolean): [number, number] {
  const [low, high] = bounds(cell);
  return sameText || cell.rounding === undefined ? [low, high] : [low, Math.max(high, cell.rounding)];
}
