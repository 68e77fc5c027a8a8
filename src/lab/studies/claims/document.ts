import { cellText, markdownTable, type TableColumn } from '../../../base/markdown';
import { SYSTEMS, VERDICTS, type SystemId } from './claim';
import { isVerified, verdictCounts, type LedgerRow } from './ledger';

const COLUMNS: readonly TableColumn<LedgerRow>[] = [
  ['Claimed', ({ claim }) => cellText(claim), 'left'],
  ['Where, and how it was measured', ({ source, protocol }) => cellText(`${source}: ${protocol}`), 'left'],
  ['Ours', oursText, 'left'],
  ['Verdict', ({ verdict, rule }) => `**${verdict}**${rule === undefined ? '' : ` (${rule})`}`, 'left'],
  ['Why', ({ why }) => cellText(why), 'left'],
  ['Tested by', ({ test }) => (test.startsWith('npm') ? `\`${test}\`` : test), 'left'],
];

/**
 * Writes the ledger as Markdown: counts by system, the claims that are decided here, those that are not, and the comparison.
 * @param comparison the committed table of the plan `comparison`, as Markdown
 */
export function claimsDocument(rows: readonly LedgerRow[], comparison: string): string {
  return `# Published figures: what holds and what does not

The figures that five public compression projects published, each beside what this lab measures or computes. Our figures are read from
the committed results of this repository or computed when this page is written; none is typed in. \`npm run claims\` writes this page,
and \`npm run claims -- --check\` fails if it differs from what the results say.

- **reproduced**: the first of our figures equals the claimed one within the tolerance in brackets or its own interval, or lies within the
  claimed bound. For a trend each figure must lie above the one before.
- **refuted**: it does not. The row says why.
- **not comparable**: the claim names no model, or another one, or a protocol that cannot be repeated; or the bound lies inside the
  interval of our figure.
- **out of reach**: deciding it needs something that is not here, which the row names.

${markdownTable(countColumns(), Object.keys(SYSTEMS) as SystemId[])}
${total(rows)}

## Verified

${sections(rows.filter(({ verdict }) => isVerified(verdict)))}
## Unverified

${sections(rows.filter(({ verdict }) => !isVerified(verdict)))}
## Comparison on one model

${comparison}`;

  function countColumns(): TableColumn<SystemId>[] {
    const of = (system: SystemId) => rows.filter((row) => row.system === system);
    return [
      ['Project', (system) => `[${SYSTEMS[system].name}](${SYSTEMS[system].url})`, 'left'],
      ['Claims', (system) => String(of(system).length)],
      ...VERDICTS.map((verdict): TableColumn<SystemId> => [
        verdict,
        (system) => String(of(system).filter((row) => row.verdict === verdict).length),
      ]),
    ];
  }
}

function total(rows: readonly LedgerRow[]): string {
  const counts = verdictCounts(rows).map(([verdict, count]) => `${count} ${verdict}`);
  return `${rows.length} claims: ${counts.join(', ')}.`;
}

function sections(rows: readonly LedgerRow[]): string {
  const ids = Object.keys(SYSTEMS) as SystemId[];
  return ids
    .map((id) => [id, rows.filter(({ system }) => system === id)] as const)
    .filter(([, own]) => own.length > 0)
    .map(([id, own]) => `### ${SYSTEMS[id].name}\n\n${markdownTable(COLUMNS, own)}`)
    .join('\n');
}

function oursText({ ours }: LedgerRow): string {
  const texts = ours.map(({ label, text, from }) => {
    const place =
      from === undefined ? 'computed' : `[${from.split('/').at(-1)}](${from.replace(/^docs\//, '')})`;
    return `${cellText(`${label}: ${text}`)} (${place})`;
  });
  return texts.join('<br>') || '–';
}
