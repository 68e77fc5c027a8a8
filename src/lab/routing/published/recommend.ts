import { ROUTER_MODELS, routerOptions, type RouterOption } from './catalogue';
import { classifyPrompt, countWords, DEFAULT_MAX_TOKENS, type PromptClass } from './classes';

/** What a recommendation must hold, and by what it is chosen. */
export interface RouterLimits {
  /** Least assumed quality. */
  minQuality: number;
  /** Largest assumed mean latency in ms. */
  maxLatencyMs: number;
  /** What is as small as possible. */
  prefer: 'cost' | 'latency';
  /** The model that is recommended where no other holds the limits. */
  requested: string;
}

export const DEFAULT_LIMITS: RouterLimits = {
  minQuality: 0.85,
  maxLatencyMs: Infinity,
  prefer: 'cost',
  requested: ROUTER_MODELS[0].id,
};

/** A recommendation of the published router. */
export interface Recommendation {
  /** The class of the prompt with the default limit on tokens. The published function computes it and does not use it. */
  unusedClass: PromptClass;
  model: string;
  /** The chosen option; absent where none holds the limits, so that the requested model is the fallback. */
  chosen?: RouterOption;
  /** The next best options, at most five. */
  alternatives: readonly RouterOption[];
}

const MAX_ALTERNATIVES = 5;

/** Recommends a model and its hardware as the router of Sparse does: the cheapest, or fastest, whose assumed values hold the limits. */
export function recommend(prompt: string, limits: RouterLimits = DEFAULT_LIMITS): Recommendation {
  const { minQuality, maxLatencyMs, prefer, requested } = limits;
  const value = prefer === 'cost' ? costOf : latencyOf;
  const [chosen, ...others] = routerOptions()
    .filter(({ quality, latencyMs }) => quality >= minQuality && latencyMs <= maxLatencyMs)
    .sort((a, b) => value(a) - value(b));
  return {
    unusedClass: classifyPrompt({ prompt: countWords(prompt), maxTokens: DEFAULT_MAX_TOKENS, context: 0 }),
    model: chosen?.model ?? requested,
    ...(chosen && { chosen }),
    alternatives: others.slice(0, MAX_ALTERNATIVES),
  };
}

function costOf({ dollarsPerMillionTokens }: RouterOption): number {
  return dollarsPerMillionTokens;
}

function latencyOf({ latencyMs }: RouterOption): number {
  return latencyMs;
}

/** Requests that one model answers together. */
export interface RequestBatch<Request> {
  model: string;
  requests: readonly Request[];
}

const MAX_BATCH = 32;

/** Groups requests by their model, in the order in which the models occur first, and cuts the groups into batches of at most 32. */
export function batchRequests<Request extends { model: string }>(
  requests: readonly Request[],
): RequestBatch<Request>[] {
  const groups = new Map<string, Request[]>();
  for (const request of requests) groups.set(request.model, [...(groups.get(request.model) ?? []), request]);
  return [...groups].flatMap(([model, group]) =>
    Array.from({ length: Math.ceil(group.length / MAX_BATCH) }, (_, i) => ({
      model,
      requests: group.slice(i * MAX_BATCH, (i + 1) * MAX_BATCH),
    })),
  );
}
