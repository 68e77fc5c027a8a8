import { sourceTensor } from '../../artefact/assignment';
import { predictSize } from '../../artefact/layout';
import type { Processor } from '../../artefact/processor';
import { isInScope } from '../../artefact/recipe';
import type { CodecSpec } from '../../codecs/contract/meta';
import { codecMeta, resolveCodec } from '../../codecs/contract/registry';
import { completeOptions, formatCodec } from '../../codecs/contract/spec';
import type { TensorSpec } from '../../models/architecture';
import type { Model } from '../../models/model';
import type { Plan } from '../plan/plan';

const BITS = [8, 7, 6, 5, 4, 3, 2];
const GROUPS = ['16', '32', '64', '128', '256', 'row'];
const SCHEMES = ['symmetric', 'asymmetric'];

/** A recipe whose weight error is measured tensor by tensor. */
interface Candidate {
  spec: CodecSpec;
  /** Σ(w − ŵ)² over the first `measured` tensors. */
  squaredError: number;
  measured: number;
}

/**
 * Finds the opponent of a codec: among `rtn` {bits 2–8} × {group 16 … 256, row} × {symmetric, asymmetric} with clip
 * search, same scope and rest, no more bytes, the lowest ‖W − Ŵ‖ ÷ ‖W‖.
 * Sizes come from layouts alone. For each group and scheme only the largest number of bits that fits is tried, since
 * fewer bits give a coarser grid of the same groups. Errors are sums over tensors, largest first: a recipe is dropped as soon as its sum
 * exceeds that of another recipe over all tensors. What was measured is kept for the next codec.
 */
export class OpponentSearch {
  private readonly processor: Processor;
  private readonly model: Model;
  private readonly plan: Plan;
  private readonly tensors: readonly TensorSpec[];
  private readonly sizes = new Map<string, Promise<number>>();
  private readonly candidates = new Map<string, Candidate>();

  constructor(processor: Processor, model: Model, plan: Plan) {
    this.processor = processor;
    this.model = model;
    this.plan = plan;
    const weights = ({ matrix: [rows, columns] }: TensorSpec) => rows * columns;
    const coded = model.shape.tensors.filter((tensor) => isInScope(tensor, plan.scope));
    this.tensors = coded.sort((a, b) => weights(b) - weights(a));
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
  ): Promise<CodecSpec | undefined> {
    const fitting = await this.fitting(budget);
    for (const candidate of fitting) if (candidate.measured === 0) await this.measureNext(candidate, signal);
    let least = Infinity;
    for (const candidate of fitting.toSorted((a, b) => a.squaredError - b.squaredError)) {
      onStep?.(formatCodec(candidate.spec));
      while (!this.isMeasured(candidate) && candidate.squaredError <= least)
        await this.measureNext(candidate, signal);
      if (this.isMeasured(candidate)) least = Math.min(least, candidate.squaredError);
    }
    const best = fitting.filter((c) => this.isMeasured(c) && c.squaredError === least);
    return (best.find(({ spec }) => formatCodec(spec) === codec) ?? best.at(0))?.spec;
  }

  /** Returns the recipes with the most bits that fit the budget. */
  private async fitting(budget: number): Promise<Candidate[]> {
    const found: Candidate[] = [];
    for (const scheme of SCHEMES)
      for (const group of GROUPS) {
        const spec = await this.largestFit(group, scheme, budget);
        if (spec) found.push(this.candidate(spec));
      }
    return found;
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

  private candidate(spec: CodecSpec): Candidate {
    const key = formatCodec(spec);
    let candidate = this.candidates.get(key);
    if (!candidate) this.candidates.set(key, (candidate = { spec, squaredError: 0, measured: 0 }));
    return candidate;
  }

  private isMeasured({ measured }: Candidate): boolean {
    return measured === this.tensors.length;
  }

  /** Adds the error of the next tensor. @throws LabError naming the tensor; Cancelled */
  private async measureNext(candidate: Candidate, signal?: AbortSignal): Promise<void> {
    const { spec, measured } = candidate;
    const { model, plan, processor } = this;
    const assigned = { spec, codec: await resolveCodec(spec) };
    const source = await sourceTensor(model, this.tensors[measured], assigned);
    const context = { seed: plan.seed, signal };
    candidate.squaredError += await processor.squaredError(assigned.codec, source, spec.options, context);
    candidate.measured++;
  }
}
