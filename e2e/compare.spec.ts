import { expect, test } from './support/test';

test.use({ adapter: false });

test('two codecs are compared by their texts and by the images that they answer differently', async ({
  lab,
  page,
}) => {
  await lab.open('view=compare&compare=right=rtn(bits=2,group=32)&text=tokens=12');
  const box = page.getByRole('region', { name: 'Compare two codecs of stories260K' });
  const [left, right] = [box.getByRole('group', { name: 'Left' }), box.getByRole('group', { name: 'Right' })];
  await expect(right.getByRole('slider', { name: 'Bits' })).toHaveAttribute('aria-valuetext', '2 bits');

  // Linked: both get the bits of the slider. Undo takes both back.
  await left.getByRole('slider', { name: 'Bits' }).press('ArrowRight');
  for (const side of [left, right])
    await expect(side.getByRole('slider', { name: 'Bits' })).toHaveAttribute('aria-valuetext', '4 bits');
  await box.getByRole('button', { name: 'Undo' }).click();
  await box.getByRole('button', { name: 'Swap' }).click();
  await expect(left.locator('summary')).toHaveText('rtn(bits=2,group=32)');
  await expect(page).toHaveURL(/compare=left=rtn\(bits=2,group=32\);right=rtn\(bits=3,group=32\)/);

  await box.getByRole('button', { name: 'Write both texts' }).click();
  await expect(box.getByRole('button', { name: 'Write both texts' })).toBeEnabled();
  await expect(box.getByRole('status').last()).toHaveText(/^The texts differ from token \d+ on\.$/);
  await expect(box.locator('ins')).toHaveCount(2);
  const sides = box.getByRole('article');
  await expect(sides.nth(0)).toContainText(/Mean KL from float32 \d\.\d+ nats; the most is/);
  const divergences = await sides
    .nth(0)
    .locator('.kl-token')
    .evaluateAll((tokens) => tokens.map((t) => t.getAttribute('title')));
  expect(divergences).toHaveLength(12);

  await lab.open('view=compare&model=vit-cifar10&images=16&compare=left=float16;right=ternary');
  await page.getByRole('button', { name: 'Classify 16 images with both' }).click();
  await expect(page.getByText(/\d+ of 16 answers differ\. Right are \d+ with float16/)).toBeVisible();
  const pictures = page.locator('.answers > li');
  await expect(pictures.first().getByRole('img')).toHaveAccessibleName(/^Image \d+, /);
  await expect(pictures.first().locator('ol > li')).toHaveCount(6);
});
