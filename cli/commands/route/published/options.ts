import { ROUTER_MODELS } from '../../../../src/lab/routing/published/catalogue';
import { countWords, DEFAULT_MAX_TOKENS } from '../../../../src/lab/routing/published/classes';
import { DEFAULT_LIMITS, type RouterLimits } from '../../../../src/lab/routing/published/recommend';
import { EXAMPLE_ASSUMPTIONS, type SavingsAssumptions } from '../../../../src/lab/routing/published/savings';
import { optionsHelp, readArguments, usage, type Arguments, type OptionTable } from '../../../shared/options';

const MODELS = ROUTER_MODELS.map(({ id }) => id) as [string, ...string[]];

const OPTIONS: OptionTable = {
  prompt: { value: 'TEXT', help: 'prompt to classify and route; may be repeated', repeatable: true },
  'max-tokens': { value: 'N', help: `limit on generated tokens (default: ${DEFAULT_MAX_TOKENS})` },
  'context-tokens': { value: 'N', help: 'tokens of the context besides the prompt (default: 0)' },
  'min-quality': {
    value: 'Q',
    help: `least assumed quality, 0 to 1 (default: ${DEFAULT_LIMITS.minQuality})`,
  },
  'max-latency': { value: 'MS', help: 'largest assumed mean latency in ms (default: no limit)' },
  prefer: { value: 'cost|latency', help: 'what is as small as possible (default: cost)' },
  requested: {
    value: MODELS.join('|'),
    help: `the model where no other holds the limits (default: ${MODELS[0]})`,
  },
  'requests-per-day': {
    value: 'N',
    help: `requests of the savings estimate (default: ${EXAMPLE_ASSUMPTIONS.requestsPerDay})`,
  },
  'price-per-request': {
    value: 'DOLLARS',
    help: `assumed price of a request (default: ${EXAMPLE_ASSUMPTIONS.dollarsPerRequest})`,
  },
  'optimisation-rate': {
    value: 'SHARE',
    help: `assumed share of requests for a smaller model, 0 to 1 (default: ${EXAMPLE_ASSUMPTIONS.optimisationRate})`,
  },
};

export const ROUTE_PUBLISHED_HELP = `Usage: npm run route -- published [--prompt TEXT] [options]

Repeats the arithmetic of the router in Sparse (revision d86b27b): four classes of prompts by length, a table of models and hardware,
a recommendation, batches, and an estimate of savings. All of it follows from assumptions; nothing is measured. Without options it
computes the published examples.

${optionsHelp(OPTIONS)}`;

export interface PublishedRequest {
  prompts: readonly string[];
  maxTokens: number;
  contextTokens: number;
  limits: RouterLimits;
  assumptions: SavingsAssumptions;
}

/** Parses the arguments of `npm run route -- published`. @throws LabError bad-plan for every invalid option */
export function parsePublished(args: readonly string[]): PublishedRequest {
  const given = readArguments(args, OPTIONS);
  const prompts = given.values.get('prompt') ?? ['What is the capital of France?'];
  const blank = prompts.find((prompt) => countWords(prompt) === 0);
  if (blank !== undefined) throw usage('--prompt has no words.', 'Write a prompt, or leave the option out.');
  const example = EXAMPLE_ASSUMPTIONS;
  return {
    prompts,
    maxTokens: numberOf(given, 'max-tokens', DEFAULT_MAX_TOKENS, { min: 1, whole: true }),
    contextTokens: numberOf(given, 'context-tokens', 0, { whole: true }),
    limits: {
      minQuality: numberOf(given, 'min-quality', DEFAULT_LIMITS.minQuality, { max: 1 }),
      maxLatencyMs: numberOf(given, 'max-latency', Infinity, {}),
      prefer: given.oneOf('prefer', ['cost', 'latency'], 'cost'),
      requested: given.oneOf('requested', MODELS, MODELS[0]),
    },
    assumptions: {
      requestsPerDay: numberOf(given, 'requests-per-day', example.requestsPerDay, {}),
      dollarsPerRequest: numberOf(given, 'price-per-request', example.dollarsPerRequest, {}),
      optimisationRate: numberOf(given, 'optimisation-rate', example.optimisationRate, { max: 1 }),
    },
  };
}

interface NumberRange {
  min?: number;
  max?: number;
  whole?: boolean;
}

function numberOf(
  given: Arguments,
  name: string,
  fallback: number,
  { min = 0, max = 1e12, whole = false }: NumberRange,
): number {
  const text = given.value(name);
  if (text === undefined) return fallback;
  const value = /^\d+(\.\d+)?(e\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  throw usage(
    `--${name} cannot be "${text.slice(0, 60)}".`,
    `Write a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`,
  );
}
