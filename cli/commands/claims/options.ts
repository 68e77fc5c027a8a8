import { readArguments, usage } from '../../shared/options';

export const CLAIMS_HELP = `Usage: npm run claims [-- --check]

Writes docs/claims.md, the ledger of figures that five compression projects published, each beside ours with a verdict, and the same as
data for the page. Our figures are read from committed results or computed; nothing is measured, so that it takes seconds.

  --check  write nothing; exit code 1 if the committed page differs from what the results say
  --help   this text
`;

/** Parses the arguments of `npm run claims`. @returns whether it only checks @throws LabError bad-plan for other arguments */
export function parseClaims(args: readonly string[]): boolean {
  const others = args.filter((arg) => arg !== '--check');
  readArguments(others, {});
  if (args.length - others.length > 1) throw usage('--check is given twice.', 'Keep one of them.');
  return others.length < args.length;
}
