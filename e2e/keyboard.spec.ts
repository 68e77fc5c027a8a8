import type { Page } from '@playwright/test';
import { small } from './support/plans';
import { expect, test } from './support/test';

/** Maximum number of Tab presses to reach an element. */
const MAX_TABS = 60;
const CODEC = 'rtn(bits=4,group=32)';

test('Tab reaches Run and the table with visible focus', async ({ lab, page }) => {
  await lab.open(small(CODEC));
  await tabTo(page, (focused) => focused.role === 'button' && focused.name === 'Run');
  await page.keyboard.press('Enter');
  await lab.expectState('running');
  await lab.finished();

  await tabTo(page, (focused) => focused.name === 'Records');
  await tabTo(page, (focused) => focused.name === CODEC);
  await page.keyboard.press('Enter');
  await expect(lab.row(CODEC)).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByRole('heading', { name: CODEC })).toBeVisible();
});

test('R runs, Escape stops, ? shows the shortcuts', async ({ lab, page }) => {
  await lab.open('windows=32&verdict=off');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog).toBeVisible();
  await expect(dialog).toContainText('Run the plan');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  await page.keyboard.press('r');
  await lab.expectState('running');
  await page.keyboard.press('Escape');
  await lab.expectState('done');
  await expect(page.getByText(/^Stopped: 0 of 8 codecs measured/)).toBeVisible();

  // In a text field, letters are no shortcuts.
  await page.getByRole('radio', { name: 'Custom' }).click();
  await page.getByLabel(/^Windows/).press('r');
  await lab.expectState('done');
});

interface Focused {
  role: string;
  name: string;
  outlined: boolean;
}

/** Presses Tab until the wanted element has the focus, and checks that each focused element is visibly focused. */
async function tabTo(page: Page, wanted: (focused: Focused) => boolean): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < MAX_TABS; i++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(describeFocus);
    passed.push(focused.name);
    expect(focused.outlined, `focus on "${focused.name}" is visible`).toBe(true);
    if (wanted(focused)) return;
  }
  throw new Error(`Tab did not reach the element; it passed ${passed.join(' · ')}`);
}

/** Describes the focused element; runs in the page. A styled radio button shows its focus on its label. */
function describeFocus(): Focused {
  const element = document.activeElement as HTMLElement;
  const name = element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '';
  const shown = [element, element.nextElementSibling, element.closest('label')].filter((e) => e !== null);
  const outlined = shown.some((e) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(e);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none';
  });
  return { role: element.getAttribute('role') ?? element.localName, name, outlined };
}
