import type { RowUncertainty } from '../../evaluate/uncertainty';
import { sum } from '../../evaluate/statistics/summary';

/** The figure of the small variant's distribution that decides. It is computed so that a larger value means less certainty. */
export const SIGNALS = ['max-probability', 'entropy', 'margin'] as const;
export type Signal = (typeof SIGNALS)[number];

/** Whether a whole answer is routed, by what the small variant made of the prompt, or every token of it. */
export const ROUTING_UNITS = ['prompt', 'token'] as const;
export type RoutingUnit = (typeof ROUTING_UNITS)[number];

/** Both variants on one window of text. Entry i belongs to token i + 1, which follows i + 1 known tokens. */
export interface WindowTrace {
  /** Losses in nats. */
  small: Float64Array;
  large: Float64Array;
  /** How uncertain the small variant was before the token. */
  uncertainty: RowUncertainty;
}

/** How windows are routed. */
export interface Routing {
  by: RoutingUnit;
  signal: Signal;
  /** Tokens at the beginning of a window that are the prompt, at least 1; the others are the answer. */
  prompt: number;
}

/** What a variant had to do: passes, each of which reads all of its weights, and the tokens that they processed. */
interface Work {
  passes: number;
  tokens: number;
}

/** The answer to one window. */
export interface RoutedAnswer {
  /** Sum of the losses of the answer's tokens, in nats. */
  nll: number;
  /** Decisions for the large variant: 0 or 1 by prompt, at most the number of the answer's tokens by token. */
  routed: number;
  small: Work;
  large: Work;
}

const NO_WORK: Work = { passes: 0, tokens: 0 };

/**
 * Answers a window with the large variant wherever the uncertainty exceeds `threshold`. One decodes token by token, and a variant's
 * first pass reads the prompt. By prompt, the small variant always reads the prompt. By token, it processes every token; the large one
 * catches up on all tokens since its last use in the pass that answers.
 */
export function routeWindow(window: WindowTrace, routing: Routing, threshold: number): RoutedAnswer {
  const decisions = routingSignals(window, routing);
  return routing.by === 'prompt'
    ? answerWhole(window, routing, decisions[0] > threshold)
    : answerTokens(window, routing, (i) => decisions[i] > threshold);
}

/**
 * Returns the uncertainty behind each decision about a window: by prompt its mean over the distributions that the small variant
 * computed in reading the prompt, by token that before each token of the answer.
 */
export function routingSignals({ uncertainty }: WindowTrace, { by, signal, prompt }: Routing): Float64Array {
  const values = signalValues(uncertainty, signal);
  return by === 'token'
    ? values.subarray(prompt - 1)
    : Float64Array.of(sum(values.subarray(0, prompt)) / prompt);
}

function signalValues({ maxProbability, entropy, margin }: RowUncertainty, signal: Signal): Float64Array {
  if (signal === 'entropy') return entropy;
  return (signal === 'margin' ? margin : maxProbability).map((value) => 1 - value);
}

/** Answers a window with one variant alone, the large one without a look at the small one. */
export function answerAlone(
  window: WindowTrace,
  { prompt }: Routing,
  variant: 'small' | 'large',
): RoutedAnswer {
  const work = { small: NO_WORK, large: NO_WORK, [variant]: answerWork(window, prompt) };
  return { nll: sum(window[variant].subarray(prompt - 1)), routed: variant === 'large' ? 1 : 0, ...work };
}

/** One pass reads the prompt and gives the first token; each further token of the answer takes a pass over the one before it. */
function answerWork({ small }: WindowTrace, prompt: number): Work {
  return { passes: small.length - prompt + 1, tokens: small.length };
}

function answerWhole(window: WindowTrace, routing: Routing, isRouted: boolean): RoutedAnswer {
  if (!isRouted) return answerAlone(window, routing, 'small');
  return { ...answerAlone(window, routing, 'large'), small: { passes: 1, tokens: routing.prompt } };
}

function answerTokens(
  window: WindowTrace,
  { prompt }: Routing,
  isRouted: (token: number) => boolean,
): RoutedAnswer {
  let [nll, routed, largeTokens] = [0, 0, 0];
  for (let i = prompt - 1; i < window.small.length; i++) {
    const large = isRouted(i - prompt + 1);
    nll += large ? window.large[i] : window.small[i];
    if (!large) continue;
    routed++;
    largeTokens = i + 1;
  }
  return {
    ...{ nll, routed },
    small: answerWork(window, prompt),
    large: { passes: routed, tokens: largeTokens },
  };
}
