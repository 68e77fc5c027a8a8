import type { CodecSpec } from '../../../../codecs/contract/meta';
import { formatCodec, parseCodec } from '../../../../codecs/contract/spec';
import { isOfFile } from '../../../results/fileCodec';
import { fileBytes, type LabRecord } from '../../../results/record';
import type { CodecSearch } from '../../../run/run';
import type { BitsRecipe } from '../frontier/search';

/** A codec of at least this share of a file's bytes is of like size. */
const LIKE = 0.985;
const MAX_TRIALS = 4;

/** Finds for every measured file a codec of slightly fewer bytes: its target is the file's bits per weight, and less if that was too much. */
export class LikeBytesSearch implements CodecSearch {
  readonly expected = 16;
  private readonly trials = new Map<string, number>();

  /** @param recipe makes a codec from a target of bits per weight of the whole file */
  constructor(private readonly recipe: BitsRecipe) {}

  next(records: ReadonlyMap<string, LabRecord>): CodecSpec | undefined {
    const own = [...records.values()].filter((record) => !isOfFile(record));
    for (const file of [...records.values()].filter(isOfFile)) {
      const spec = this.nextFor(file, own);
      if (spec && !records.has(formatCodec(spec))) return spec;
    }
    return undefined;
  }

  private nextFor(file: LabRecord, own: readonly LabRecord[]): CodecSpec | undefined {
    const bytes = fileBytes(file);
    if (own.some((record) => fileBytes(record) <= bytes && fileBytes(record) >= LIKE * bytes))
      return undefined;
    const trials = this.trials.get(file.codec.spec) ?? 0;
    if (trials === MAX_TRIALS) return undefined;
    this.trials.set(file.codec.spec, trials + 1);
    const bits = (8 * bytes) / file.model.parameters;
    // Each trial aims half a per cent lower than the one before.
    return parseCodec(this.recipe(Math.floor(100 * bits * (1 - 0.005 * trials)) / 100));
  }
}
