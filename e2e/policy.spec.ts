import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test as base } from '@playwright/test';
import { LabPage } from './support/lab';
import { expect, test } from './support/test';

test('the address cannot choose a hub', async ({ lab, page }) => {
  await page.goto('/?hub=https://mirror.example');
  await lab.expectState('error');
  expect((await lab.error())?.message).toContain('hub');
});

test('the chart of the recorded examples conforms to the Content-Security-Policy', async ({ lab, page }) => {
  await page.goto('/');
  await lab.expectState('ready');
  const mark = page.locator('.chart .scatterlayer .point').first();
  await expect(mark).toBeVisible();
  await mark.hover({ force: true });
  // Plotly uses a style attribute for the bold name of the codec.
  await expect(page.locator('.chart .hoverlayer text tspan[style]').first()).toHaveCSS('font-weight', '700');
});

// Without the usual fixture, which fails for the violation provoked here.
base('the page requests nothing from other hosts', async ({ page }) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/elsewhere`;
  try {
    await page.goto('/');
    await new LabPage(page).expectState('ready');
    const refused = await page.evaluate(async (address) => {
      const violation = new Promise<string>((resolve) =>
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective)),
      );
      await fetch(address).catch(() => undefined);
      return violation;
    }, url);
    expect(refused).toBe('connect-src');
    expect(asked).toEqual([]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
