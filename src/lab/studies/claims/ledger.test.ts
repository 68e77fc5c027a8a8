import { describe, expect, test } from 'vitest';
import { claimsDocument } from './document';
import { computed, tableCell } from './evidence';
import { CLAIMS, ledgerRows, type SystemClaim } from './ledger';

const TABLE = `# Title\n\n## A model\n\n| Codec | ÷ float32 | ours |\n| :-- | --: | --: |\n| \`t81\` | 2.50× | +3.0 [+2.0, +4.0] |\n`;
const read = async () => TABLE;
const place = { file: 'docs/tables/x.md', under: 'A model', row: '`t81`', column: '÷ float32' };

const claim = (change: Partial<SystemClaim>): SystemClaim => ({
  ...{
    system: 'tenpak',
    claim: '2.5× | smaller',
    source: 'log.md',
    protocol: 'none',
    test: 'npm run claims',
  },
  ...{ evidence: [tableCell('ratio', place)], judge: { claimed: 2.5, within: 0.01 }, why: 'It is.' },
  ...change,
});

test('figures are read from tables, and the claim is judged by the first', async () => {
  const evidence = [
    tableCell('ratio', place),
    tableCell('loss', { ...place, right: 1 }),
    computed('sum', () => 2, String),
  ];
  const [row] = await ledgerRows([claim({ evidence })], read);
  expect(row).toMatchObject({ verdict: 'reproduced', rule: 'within 1 %', why: 'It is.' });
  expect(row.ours).toEqual([
    { label: 'ratio', text: '2.50×', from: 'docs/tables/x.md' },
    { label: 'loss', text: '+3.0 [+2.0, +4.0]', from: 'docs/tables/x.md' },
    { label: 'sum', text: '2' },
  ]);
  const [refuted] = await ledgerRows([claim({ judge: { claimed: 3, within: 0.01 } })], read);
  expect(refuted.verdict).toBe('refuted');
});

test.each([
  ['row', { ...place, row: '`t82`' }],
  ['column', { ...place, column: 'Bytes' }],
  ['heading', { ...place, under: 'Another model' }],
])('evidence whose %s is missing is refused by name', async (_, missing) => {
  const evidence = [tableCell('ratio', missing)];
  await expect(ledgerRows([claim({ evidence })], read)).rejects.toThrow(
    /^docs\/tables\/x\.md, .* does not exist\.$/,
  );
});

test('the document has both sections, and cells that keep the table whole', async () => {
  const rows = await ledgerRows([claim({}), claim({ judge: { verdict: 'out of reach' } })], read);
  const text = claimsDocument(rows, 'COMPARISON');
  const [verified, unverified] = text.split('## Unverified');
  expect(verified).toContain(
    '| 2.5× \\| smaller | log.md: none | ratio: 2.50× ([x.md](tables/x.md)) | **reproduced** (within 1 %) |',
  );
  expect(unverified).toContain('**out of reach**');
  expect(text).toContain('2 claims: 1 reproduced, 0 refuted, 0 not comparable, 1 out of reach.');
  expect(text).toMatch(/COMPARISON$/);
});

describe('the claims', () => {
  test('are told apart by system, claim and protocol', () => {
    const keys = CLAIMS.map(({ system, claim, protocol }) => `${system} ${claim} ${protocol}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(40);
  });

  test('say why in whole sentences, and name a command where something decides them', () => {
    for (const { claim, why, test, judge } of CLAIMS) {
      expect(why, claim).toMatch(/^[A-ZαβφσÎ0-9].*\.$/);
      if (!('verdict' in judge)) expect(test, claim).toMatch(/^npm run /);
    }
  });
});
