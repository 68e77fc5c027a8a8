import type { CodecSpec } from '../codecs/contract/meta';
import type { Model } from '../models/model';
import type { Processor } from './processor';
import type { Artefact } from './read';
import type { Recipe } from './recipe';
import { restoredModel } from './restored';

/** Presents an artefact as the model that it decodes to, to be compressed again with the same scope and rest. */
export function decodedModel(
  processor: Processor,
  artefact: Artefact,
  spec: CodecSpec,
  signal?: AbortSignal,
): { model: Model; recipe: Recipe } {
  const { metadata } = artefact;
  const { scope, rest } = metadata;
  return {
    model: { ...metadata.model, ...restoredModel(processor, artefact, signal) },
    recipe: { spec, scope, rest },
  };
}
