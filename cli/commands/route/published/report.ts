import { fixed, grouped } from '../../../../src/base/format';
import { markdownTable } from '../../../../src/base/markdown';
import type { RouterOption } from '../../../../src/lab/routing/published/catalogue';
import {
  classifyPrompt,
  CLASSIFIER_REVISIONS,
  countWords,
} from '../../../../src/lab/routing/published/classes';
import {
  batchRequests,
  recommend,
  type Recommendation,
} from '../../../../src/lab/routing/published/recommend';
import {
  ASSUMED_SAVING,
  ASSUMPTIONS_NOTE,
  assumedSavings,
  type SavingsAssumptions,
} from '../../../../src/lab/routing/published/savings';
import type { PublishedRequest } from './options';

/** Returns the report of the published arithmetic: classes, the recommendation, batches and savings. */
export function publishedRouterText(request: PublishedRequest): string {
  const routed = request.prompts.map((prompt) => ({ prompt, ...recommend(prompt, request.limits) }));
  return [
    `${ASSUMPTIONS_NOTE}\n`,
    classesText(request),
    recommendationText(routed[0]),
    batchesText(routed),
    savingsText(request.assumptions),
  ].join('\n');
}

function classesText({ prompts, maxTokens, contextTokens }: PublishedRequest): string {
  const lengths = (prompt: string) => ({ prompt: countWords(prompt), maxTokens, context: contextTokens });
  return markdownTable<string>(
    [
      ['Prompt', (prompt) => shortened(prompt), 'left'],
      ['Words', (prompt) => grouped(countWords(prompt))],
      ...CLASSIFIER_REVISIONS.map(
        (revision) =>
          [
            `Class (${revision} thresholds)`,
            (prompt: string) => classifyPrompt(lengths(prompt), revision),
            'left',
          ] as const,
      ),
    ],
    prompts,
  );
}

function shortened(prompt: string): string {
  const line = prompt.replace(/\s+/g, ' ').replace(/\|/g, '\\|').trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** The recommendation is the same for every prompt, since the published function does not use the class. */
function recommendationText({ model, chosen, alternatives }: Recommendation): string {
  if (!chosen)
    return `No model holds the limits, so the requested one is the fallback: ${model}. The limits are assumed values, too.\n`;
  const table = markdownTable<RouterOption>(
    [
      ['Recommended, then alternatives', (option) => `${option.model} on ${option.hardware}`, 'left'],
      ['Assumed quality', ({ quality }) => fixed(quality, 2)],
      ['Assumed latency, ms', ({ latencyMs }) => grouped(latencyMs)],
      ['p99 as 1.5 × mean, ms', ({ p99LatencyMs }) => fixed(p99LatencyMs, 1)],
      ['Assumed tokens/s', ({ tokensPerSecond }) => grouped(tokensPerSecond)],
      ['$ per million tokens', (option) => fixed(option.dollarsPerMillionTokens, 2)],
    ],
    [chosen, ...alternatives],
  );
  return `${table}The class of a prompt does not change this: the published function computes it and does not use it.\n`;
}

function batchesText(routed: readonly Recommendation[]): string {
  return batchRequests(routed)
    .map(({ model, requests }) => `Batch of ${requests.length} for ${model}\n`)
    .join('');
}

function savingsText(assumptions: SavingsAssumptions): string {
  const { requestsPerDay, dollarsPerRequest, optimisationRate } = assumptions;
  const { annualDollars, savedAnnually, savedMonthly, savedShare } = assumedSavings(assumptions);
  const dollars = (value: number) => `$${grouped(value)}`;
  return (
    `${grouped(requestsPerDay)} requests a day at $${dollarsPerRequest}: ${dollars(annualDollars)} a year\n` +
    `Assumed saving: ${dollars(savedAnnually)} a year (${dollars(savedMonthly)} a month), ${fixed(100 * savedShare, 1)} % = ` +
    `${fixed(100 * optimisationRate, 0)} % of the requests × ${fixed(100 * ASSUMED_SAVING, 0)} % each, both assumed\n`
  );
}
