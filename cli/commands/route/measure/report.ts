import { adapterName, type Lab } from '../../../../src/lab/lab';

/**
 * Returns the head of a report: what its figures mean, and what measured them.
 * @param withAlone whether the cascades are compared with one codec
 */
export function reportHead(
  { cpu, gpu, runtime }: Pick<Lab, 'cpu' | 'gpu' | 'runtime'>,
  withAlone: boolean,
): string {
  return `# Routing between a small and a large variant of a model

Written by \`npm run route\` ([routing.md](../routing.md)). The small variant's uncertainty decides whether the large one answers.
"Bytes" are the bytes of weights that all passes read, the small variant's and the catch-up of the large one included, and "Tokens" the
tokens that both process, each relative to the large variant alone. "Over random" is the perplexity above that of random routing
which reads as many bytes: below zero, the uncertainty is worth something. Intervals are 95 %, from windows resampled in pairs.
${withAlone ? 'The last row of a curve is one codec that answers everything, unless it is one of the two variants.\n' : ''}
Measured by ${cpu?.name ?? adapterName(gpu)} (${runtime}), ${new Date().toISOString().slice(0, 10)}.
`;
}
