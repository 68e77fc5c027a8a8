import type { StoredArtefact } from '../../artefact/sink';
import type { Model } from '../../models/model';

/** Weights to time. */
export interface TimedWeights {
  model: Model;
  /** The artefact with the weights; without it the model's own are used. */
  file?: StoredArtefact;
  /** The model of which the artefact codes the difference, if it does. */
  base?: Model;
}
