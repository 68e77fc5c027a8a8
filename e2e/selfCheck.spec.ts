import { small } from './support/plans';
import { expect, test } from './support/test';

/** What a browser's defect would do, at the start of the lab's worker: one shader computes with a wrong sign. */
const DEFECT = `
const { createShaderModule } = GPUDevice.prototype;
GPUDevice.prototype.createShaderModule = function (module) {
  const code = module.code.replace('a * c - b * s', 'a * c + b * s');
  return createShaderModule.call(this, { ...module, code });
};
`;

test('an adapter that computes wrongly is named, and models are measured on the CPU', async ({
  lab,
  page,
}) => {
  await page.route('**/lab.worker*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: DEFECT + (await response.text()) });
  });
  await lab.open(small('rtn(bits=4,group=32)', 'model=stories260K'));
  const alert = page.getByRole('alert').filter({ hasText: 'This adapter computes wrongly' });
  await expect(alert).toHaveText(
    /swiftshader in Chrom.* \d+.* nats \(allowed 0\.001\)\. Models are measured on the CPU/,
  );
  await expect(alert).toBeInViewport({ ratio: 1 });
  const records = await lab.runPlan();
  for (const { environment } of records)
    expect(environment).toMatchObject({ compute: 'cpu', selfCheck: { agrees: false } });
  // On the adapter itself the page does not measure.
  await lab.device.getByRole('combobox', { name: 'Measure' }).selectOption('gpu');
  await lab.run.click();
  await lab.expectState('error');
  const error = await lab.error();
  expect(error?.code).toBe('unsupported');
  expect(error?.message).toContain('Measuring on the GPU needs an adapter that computes rightly');
});

test('an adapter that computes rightly passes, as its records say', async ({ lab, page }) => {
  await lab.open(small('rtn(bits=4,group=32)', 'model=stories260K'));
  const records = await lab.runPlan();
  for (const { environment } of records) expect(environment.selfCheck).toMatchObject({ agrees: true });
  await expect(page.getByText('computes wrongly')).toHaveCount(0);
});
