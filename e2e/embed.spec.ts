import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { small } from './support/plans';
import { expect, test } from './support/test';

test.use({ adapter: false });

test('the copied frame shows the curve in a page of another origin, and runs there with one thread', async ({
  lab,
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await lab.open(small('rtn(bits=4,group=32)'));
  await page.getByRole('button', { name: 'Copy frame' }).click();
  await expect(page.getByRole('button', { name: 'Frame copied' })).toBeVisible();
  const html = await page.evaluate(() => navigator.clipboard.readText());

  const server = createServer((_, response) => {
    response
      .writeHead(200, { 'Content-Type': 'text/html' })
      .end(`<!doctype html><title>Class</title>${html}`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await page.setViewportSize({ width: 800, height: 800 });
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const frame = page.frameLocator('iframe');
    await expect(frame.getByText('with one thread')).toBeVisible();
    await expect(frame.getByRole('navigation', { name: 'Views' })).toHaveCount(0);
    await frame.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(frame.getByText('Done: 1 of 1 codecs measured')).toBeVisible();
    await expect(frame.getByRole('img', { name: /^Size against quality of 1 records/ })).toBeVisible();
    await expect(frame.getByRole('alert')).toHaveCount(0);
    await page.screenshot({ path: test.info().outputPath('frame.png') });
    const whole = frame.getByRole('link', { name: 'Open in Bitcurve' });
    expect(await whole.getAttribute('href')).toMatch(/^\?codec=rtn\(bits=4,group=32\)&(?!.*embed)/);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
