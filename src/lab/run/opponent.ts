import { Artefact } from '../../artefact/read';
import { recipeError } from '../../artefact/error';
import { compress } from '../../artefact/compress';
import { predictSize } from '../../artefact/layout';
import type { Processor } from '../../artefact/processor';
import { memorySink } from '../../artefact/sink';
import type { CodecSpec } from '../../codecs/contract/meta';
import { codecMeta } from '../../codecs/contract/registry';
import { completeOptions, formatCodec } from '../../codecs/contract/spec';
import type { Model } from '../../models/model';
import type { Plan } from '../plan/plan';

const BITS = [8, 7, 6, 5, 4, 3, 2];
const GROUPS = ['16', '32', '64', '128', '256', 'row'];
const SCHEMES = ['symmetric', 'asymmetric'];

/** A plain rounding that fits a byte budget. */
export interface Opponent {
  spec: CodecSpec;
  /** Bytes of the file without assets. */
  bytes: number;
  relativeL2: number;
}

/**
 * Finds the opponent of a codec: among `rtn` {bits 2–8} × {group 16 … 256, row} × {symmetric, asymmetric} with clip
 * search, same scope and rest, no more bytes, the lowest ‖W − Ŵ‖ ÷ ‖W‖.
 * Sizes come from layouts alone. For each group and scheme only the largest number of bits that fits is tried, since
 * fewer bits give a coarser grid of the same groups. Weight errors are measured once per recipe and kept.
 */
export class OpponentSearch {
  private readonly processor: Processor;
  private readonly model: Model;
  private readonly plan: Plan;
  private readonly sizes = new Map<string, Promise<number>>();
  private readonly errors = new Map<string, number>();

  constructor(processor: Processor, model: Model, plan: Plan) {
    this.processor = processor;
    this.model = model;
    this.plan = plan;
  }

  /**
   * @param codec the spelling of the codec whose opponent is looked for; among equal recipes (a group of a whole row has two spellings)
   * it is preferred
   * @param budget bytes of the codec's file without assets
   * @returns undefined when no plain rounding is that small
   */
  async find(
    codec: string,
    budget: number,
    signal?: AbortSignal,
    onStep?: (spec: string) => void,
  ): Promise<Opponent | undefined> {
    let best: Opponent | undefined;
    for (const scheme of SCHEMES)
      for (const group of GROUPS) {
        const spec = await this.largestFit(group, scheme, budget);
        if (!spec) continue;
        onStep?.(formatCodec(spec));
        const relativeL2 = await this.error(spec, signal);
        const own = relativeL2 === best?.relativeL2 && formatCodec(spec) === codec;
        if (!best || relativeL2 < best.relativeL2 || own)
          best = { spec, relativeL2, bytes: await this.size(spec) };
      }
    return best;
  }

  private async largestFit(group: string, scheme: string, budget: number): Promise<CodecSpec | undefined> {
    for (const bits of BITS) {
      const spec = {
        id: 'rtn',
        options: completeOptions(codecMeta('rtn'), { bits, group, scheme, clip: true }),
      };
      if ((await this.size(spec)) <= budget) return spec;
    }
    return undefined;
  }

  private size(spec: CodecSpec): Promise<number> {
    const key = formatCodec(spec);
    let size = this.sizes.get(key);
    if (!size) {
      const { scope, rest } = this.plan;
      size = predictSize(this.model, { spec, scope, rest }).then((s) => s.totalBytes - s.assetBytes);
      this.sizes.set(key, size);
    }
    return size;
  }

  private async error(spec: CodecSpec, signal?: AbortSignal): Promise<number> {
    const key = formatCodec(spec);
    const known = this.errors.get(key);
    if (known !== undefined) return known;
    const { scope, rest, seed } = this.plan;
    const { processor, model } = this;
    const recipe = { spec, scope, rest };
    const { file } = await compress(model, recipe, undefined, memorySink(), { processor, seed, signal });
    const error = await recipeError(processor, model, await Artefact.open(file), signal);
    this.errors.set(key, error);
    return error;
  }
}
