import { sha256 } from 'hash-wasm';
import { formatCodecFully } from '../../codecs/contract/spec';
import type { CodecSpec } from '../../codecs/contract/meta';
import type { Model } from '../../models/model';
import type { Plan } from '../plan/plan';

/** A file of others that is measured in place of a codec's. */
interface MeasuredFile {
  name: string;
  /** SHA-256 of its weights, hex. */
  sha256: string;
}

/** What a record depends on besides its codec. */
export interface KeyContext {
  model: Pick<Model, 'id' | 'sha256' | 'config' | 'assets'>;
  plan: Plan;
  dataSha256: string;
  /** Checksum of the calibration set, for a calibrated codec. */
  calibrationSha256?: string;
  /** Checksum of the base's weights, for a codec of the difference from it. */
  baseSha256?: string;
  /** Adapter and browser or Node: numbers from two devices never stand in for one another. */
  adapter: string;
  runtime: string;
  /** What each task depends on, if there are any. */
  tasks?: unknown;
  /** The program that runs the model on the CPU, where it is measured there. */
  cpuRuntime?: string;
}

/**
 * Hashes everything that decides a record's numbers: model, codec, data, protocol, seed, code version and adapter. An
 * equal key means the record need not be measured again.
 */
export async function runKey(
  context: KeyContext,
  codec: CodecSpec | 'baseline' | MeasuredFile,
): Promise<string> {
  const { plan } = context;
  const parts = {
    model: context.model.sha256,
    modelId: context.model.id,
    // The same weights under another config.json, tokenizer or preprocessor are another model.
    config: context.model.config,
    assets: await assetSums(context.model.assets),
    codec: codec === 'baseline' || 'sha256' in codec ? codec : formatCodecFully(codec),
    data: context.dataSha256,
    protocol: plan.protocol,
    images: plan.images,
    scope: codec === 'baseline' ? null : plan.scope,
    rest: codec === 'baseline' ? null : plan.rest,
    metrics: plan.metrics,
    ...(plan.latency !== undefined && { latency: plan.latency }),
    ...(context.tasks !== undefined && { tasks: context.tasks }),
    calibration:
      context.calibrationSha256 === undefined ? null : [context.calibrationSha256, plan.calibration],
    ...(context.baseSha256 !== undefined && { base: context.baseSha256 }),
    seed: plan.seed,
    adapter: context.adapter,
    runtime: context.runtime,
    ...(context.cpuRuntime !== undefined && { cpuRuntime: context.cpuRuntime }),
    code: `${__VERSION__}+${__COMMIT__}`,
  };
  return sha256(JSON.stringify(parts));
}

function assetSums(assets: Model['assets']): Promise<[name: string, sum: string][]> {
  return Promise.all([...assets].map(async ([name, bytes]) => [name, await sha256(bytes)]));
}
