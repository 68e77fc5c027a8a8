import type { Rest, Scope } from '../artefact/recipe';
import type { CodecSpec } from '../codecs/codec';
import type { TextProtocol } from '../evaluate/windows';

export type { Rest, Scope };
export type Metrics = 'perplexity' | 'all';

export type Protocol = TextProtocol;

/** What to run for one model. Parsed once, range-checked, frozen; URL, command line and JSON are three spellings. */
export interface Plan {
  model: string;
  codecs: readonly CodecSpec[];
  /** Name of a data set, or a file for the command line. */
  data: string;
  protocol: Protocol;
  /** Images to classify (image models). */
  images: number;
  scope: Scope;
  rest: Rest;
  metrics: Metrics;
  verdict: boolean;
  seed: number;
}
