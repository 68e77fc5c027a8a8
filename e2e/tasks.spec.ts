import { small } from './support/plans';
import { expect, test } from './support/test';

test.use({ adapter: false });

test('tasks are chosen in the editor, and a record shows metrics and examples', async ({ lab, page }) => {
  await lab.open(small('rtn(bits=2,group=32)', 'tasks=squad&task-examples=8'));
  await page.getByRole('radio', { name: 'Custom' }).click();
  const tasks = page.getByRole('group', { name: 'Tasks' });
  await expect(tasks.getByRole('checkbox', { name: /^SQuAD/ })).toBeChecked();
  await tasks.getByRole('checkbox', { name: /^SQuAD/ }).uncheck();
  await tasks.getByRole('checkbox', { name: /^LAMBADA/ }).check();
  const records = await lab.runPlan();
  expect(records.map((record) => record.tasks?.map(({ task, examples }) => [task, examples]))).toEqual([
    [['lambada', 8]],
    [['lambada', 8]],
  ]);

  const spec = 'rtn(bits=2,group=32)';
  await expect(lab.row(spec)).toContainText(/lambada [\d.]+ ± [\d.]+ % \?/);
  await lab.row(spec).getByRole('button', { name: spec, exact: true }).click();
  const results = page.getByRole('region', { name: 'Tasks' });
  await expect(
    results.getByRole('row', { name: /^Perplexity of the last word .* (holds|fails|unsure)$/ }),
  ).toBeVisible();
  await results.getByText('First 8 examples').click();
  const examples = results.getByRole('list', { name: 'Examples of lambada' }).getByRole('listitem');
  await expect(examples).toHaveCount(8);
  await expect(examples.first()).toContainText(/I don't care about.*Right.*signs.*Float32.*Codec/s);
});
