import { expect, test } from './support/test';

test.use({ adapter: false });

/** The fewest windows with which a difference can be significant. */
const PLAN = { codec: 'rtn(bits=4,group=32)', windows: '30', context: '16', verdict: 'off' };

test('states, events and window.__lab are as docs/automation.md says', async ({ lab, page }) => {
  await page.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    for (const name of ['lab:ready', 'lab:done', 'lab:error', 'lab:event'])
      addEventListener(name, (event) => {
        const { detail } = event as CustomEvent<{ type?: string }>;
        seen.push(detail.type ? `${name} ${detail.type}` : name);
      });
  });
  const seen = () => page.evaluate(() => (window as unknown as { seen: string[] }).seen);
  await lab.open();
  await page.evaluate(() => window.__lab.ready);
  expect(await page.evaluate(() => window.__lab.state)).toBe('ready');
  expect(await seen()).toEqual(['lab:ready']);

  const records = await page.evaluate((plan) => window.__lab.run(plan), PLAN);
  expect(records.map(({ codec }) => codec.spec)).toEqual(['baseline', PLAN.codec]);
  expect(await lab.records()).toEqual(records);
  await lab.expectState('done');
  const events = (await seen()).slice(1).filter((name) => name !== 'lab:event progress');
  expect(events).toEqual([
    'lab:event started',
    'lab:event record',
    'lab:event record',
    'lab:event done',
    'lab:done',
  ]);

  const compared = async (factor: number) => {
    const stored = structuredClone(records) as unknown as { samples: { nll: number }[] }[];
    for (const sample of stored[1].samples) sample.nll *= factor;
    const { changes } = await page.evaluate((before) => window.__lab.compare(before), stored);
    return changes.map(({ outcome }) => outcome);
  };
  expect(await compared(1)).toEqual(['equal', 'equal']);
  // A baseline whose loss was 2 % smaller makes the present run worse, and the other way round.
  expect(await compared(0.98)).toEqual(['equal', 'worse']);
  expect(await compared(1.02)).toEqual(['equal', 'better']);

  const refused = page.evaluate(() => window.__lab.run('codec=zip'));
  await expect(refused).rejects.toThrow(/zip/);
  expect(await page.evaluate(() => window.__lab.state)).toBe('done');
});
