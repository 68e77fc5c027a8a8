/**
 * The data set deltas of Sparse as published, for comparison. It finds rows by their field "id". A row whose id the base has becomes
 * {"type": "reference", "base_index": i}, even if its other fields differ, so the change is lost; every other row is stored whole. Its
 * savings compare the size of the delta with the length of the printed description of the data set, which does not grow with the data.
 */
export interface SparseSize {
  /** Rows stored as a reference. */
  shared: number;
  /** Rows stored whole. */
  new: number;
  /** Referenced rows whose values differ from the base's: they are restored wrongly. */
  lost: number;
  /** Bytes of its references and new rows. */
  bytes: number;
  /** The size that its estimator predicts, in MB. */
  estimateMb: number;
  /** The savings that it reports, in per cent of the length of the printed description. */
  reportedSavings: number;
}

/** Adds up what Sparse would store, row by row. */
export class SparseTally {
  private readonly sum = { shared: 0, new: 0, lost: 0, bytes: 0 };
  private derivedBytes = 0;
  private features: readonly string[] = [];

  /** Says the names of the fields, which are those of the first row. */
  name(features: readonly string[]): void {
    this.features = features;
  }

  /** Adds a row. @param index the row of the base with the same id, if any. @param bytes the size of the row */
  add(index: number | undefined, bytes: number): void {
    const { sum } = this;
    this.derivedBytes += bytes;
    // Both kinds have an entry in the list of references, and a comma and a space behind it.
    if (index === undefined) {
      sum.bytes += `{"type": "new", "index": ${sum.new}}, `.length + bytes + ', '.length;
      sum.new++;
    } else {
      sum.bytes += `{"type": "reference", "base_index": ${index}}, `.length;
      sum.shared++;
    }
  }

  /** Counts the last row as one whose change is lost. */
  lose(): void {
    this.sum.lost++;
  }

  size(): SparseSize {
    const { sum } = this;
    const rows = sum.shared + sum.new;
    const averageMb = rows === 0 ? 0 : this.derivedBytes / rows / 1e6;
    return {
      ...sum,
      estimateMb: sparseEstimateMb(sum.shared, sum.new, averageMb),
      reportedSavings: sparseSavings(printedLength(this.features, rows), sum.bytes),
    };
  }
}

/** Returns the length in characters of what `print` shows of a data set in Hugging Face datasets, with one split called train. */
export function printedLength(features: readonly string[], rows: number): number {
  const list = features.map((name) => `'${name}'`).join(', ');
  return `DatasetDict({\n    train: Dataset({\n        features: [${list}],\n        num_rows: ${rows}\n    })\n})`
    .length;
}

/** Returns the share that Sparse reports as saved, in per cent of the "size" of the derivative. */
export function sparseSavings(derivative: number, delta: number): number {
  return (100 * (derivative - delta)) / derivative;
}

/**
 * Returns the size of a delta as the published estimator has it, in MB: 0.001 for each shared row, and its average size for each new
 * one.
 */
export function sparseEstimateMb(shared: number, added: number, averageMb: number): number {
  return 0.001 * shared + added * averageMb;
}
