import type { Page } from '@playwright/test';
import { test } from './support/browsers';
import { LabPage } from './support/lab';
import { expect } from './support/test';

/** If nothing can be measured, the page says why and what to do, and shows the recorded examples. */

test('an insecure address', async ({ openBrowser, baseURL }) => {
  const page = await openBrowser((args) => [...args, '--host-resolver-rules=MAP bitcurve.test 127.0.0.1']);
  const address = `http://bitcurve.test:${new URL(baseURL!).port}/`;
  await expectBlocked(page, address, 'insecure-context', /insecure connection/);
});

async function expectBlocked(page: Page, address: string, code: string, sentence: RegExp): Promise<void> {
  const lab = new LabPage(page);
  await page.goto(address);
  await lab.expectState('error');
  expect(await lab.error()).toMatchObject({ code });
  const message = page.getByRole('alert').filter({ hasText: sentence });
  await expect(message).toHaveCount(1);
  await expect(message).toBeInViewport({ ratio: 1 });
  await expect(lab.run).toBeDisabled();
  await expectExamples(lab);
}

/** Checks that the examples of the shown model are there; without any the page says that there are no points. */
async function expectExamples(lab: LabPage): Promise<void> {
  const files = (await (await lab.page.request.get('examples/index.json')).json()) as string[];
  const lists = files.map(async (name) => {
    const answer = await lab.page.request.get(`examples/${name}`);
    return (await answer.json()) as { model: { id: string } }[];
  });
  const records = (await Promise.all(lists)).flat();
  const shown = records.some((r) => r.model.id === 'stories260K');
  if (shown) {
    await expect(lab.rows).not.toHaveCount(0);
    await expect(lab.exampleBadge.first()).toBeVisible();
    await expect(lab.chart).toBeVisible();
  } else await expect(lab.page.getByText('No points yet')).toBeVisible();
}
