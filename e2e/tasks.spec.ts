import type { Page } from '@playwright/test';
import { small } from './support/plans';
import { expect, test } from './support/test';

test.use({ adapter: false });

const QUESTIONS = [
  { context: 'Once upon a', choices: ['time', 'potato'], answer: 0 },
  { context: 'The little girl was very', choices: ['happy', 'a'], answer: 0 },
  { context: 'One day, a boy named Tim', choices: ['went to the park', 'xylophone'], answer: 0 },
];

/** Chooses a file as examples of multiple choice. */
async function addQuestions(page: Page, name: string, lines: readonly object[]): Promise<void> {
  await page.getByLabel('Own examples').selectOption('choice');
  const text = lines.map((line) => JSON.stringify(line)).join('\n');
  const file = { name, mimeType: 'application/jsonl', buffer: Buffer.from(text) };
  await page.getByLabel('Add a file…').setInputFiles(file);
}

test('tasks and files of one’s own are chosen in the editor, and records and chart show metrics', async ({
  lab,
  page,
}) => {
  await lab.open(small('rtn(bits=2,group=32)', 'tasks=squad&task-examples=8'));
  await page.getByRole('radio', { name: 'Custom' }).click();
  const tasks = page.getByRole('group', { name: 'Tasks' });
  await expect(tasks.getByRole('checkbox', { name: /^SQuAD/ })).toBeChecked();
  await tasks.getByRole('checkbox', { name: /^SQuAD/ }).uncheck();
  await tasks.getByRole('checkbox', { name: /^LAMBADA/ }).check();

  await addQuestions(page, 'wrong.jsonl', [QUESTIONS[0], { ...QUESTIONS[1], answer: 2 }]);
  await expect(page.getByRole('alert')).toContainText(
    'wrong.jsonl, line 2: the answer is 2, but the choices are 0 to 1.',
  );
  await addQuestions(page, 'mine.jsonl', QUESTIONS);
  await expect(tasks.getByRole('checkbox', { name: /: local:mine\.jsonl$/ })).toBeChecked();
  const records = await lab.runPlan();
  const asked = [
    ['lambada', 8],
    ['choice:local:mine.jsonl', 3],
  ];
  expect(records.map((record) => record.tasks?.map(({ task, examples }) => [task, examples]))).toEqual([
    asked,
    asked,
  ]);

  const spec = 'rtn(bits=2,group=32)';
  await expect(lab.row(spec)).toContainText(/lambada [\d.]+ ± [\d.]+ % \?/);
  await page.getByLabel('Quality axis').selectOption('LAMBADA, the last word: Mean reciprocal rank');
  await expect(page.locator('.chart .ytitle')).toHaveText('LAMBADA, the last word: Mean reciprocal rank (%)');

  await lab.row(spec).getByRole('button', { name: spec, exact: true }).click();
  const results = page.getByRole('region', { name: 'Tasks' });
  await expect(
    results.getByRole('row', { name: /^Perplexity of the last word .* (holds|fails|unsure)$/ }),
  ).toBeVisible();
  await results.getByText('First 8 examples').click();
  const examples = results.getByRole('list', { name: 'Examples of lambada' }).getByRole('listitem');
  await expect(examples).toHaveCount(8);
  await expect(examples.first()).toContainText(/I don't care about.*Right.*signs.*Float32.*Codec/s);

  await lab.show('Tasks');
  const scores = page.getByRole('region', { name: 'Scores' });
  await expect(
    scores.getByRole('row', { name: /^rtn\(bits=2,group=32\) lambada .* (holds|fails|unsure)$/ }),
  ).not.toHaveCount(0);
});

test('the recorded example of the model trained on two skills shows what fewer bits cost of them', async ({
  lab,
  page,
}) => {
  await lab.open('model=skills');
  await expect(lab.exampleBadge.first()).toBeVisible();
  await page.getByLabel('Quality axis').selectOption('Sums in words: Exact match');
  await expect(page.locator('.chart .ytitle')).toHaveText('Sums in words: Exact match (%)');
  await expect(lab.row('gptq(bits=3,group=32)')).toContainText(/skills-arithmetic 99\.67 ± 0\.33 % ✓/);
});
