import { fixed } from '../../base/format';
import { parseMaxError } from '../../delta/choose';
import { DEFAULT_SEED } from '../../lab/plan/presets';
import { runActivity, showError } from '../app/activity';
import type { Page } from '../app/page';
import { saveFile } from '../browser/files';
import { measureDelta } from '../models/fileCommands';
import { canStart } from '../store/lab';
import type { PageDelta } from '../store/delta';

const SUBJECT = 'Deltas';
/** A bound for deltas that keep every bit, which do not use it. */
const UNUSED = 0;

/** Makes the delta from one model to another. After Stop the same command continues it. */
export async function startDelta(page: Page, base: string, tuned: string): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  const { exact, maxError: text } = page.delta.getState();
  try {
    const maxError = exact ? UNUSED : parseMaxError(text, 'Largest error');
    const request = { base, tuned, choice: { exact, maxError, seed: DEFAULT_SEED } };
    const made = await runActivity(page, 'makeDelta', ({ signal, showStep }) =>
      page.client.call('makeDelta', request, {
        signal,
        onProgress: ({ fraction, step }) => showStep(`${fixed(100 * fraction, 0)} %, ${step}`),
      }),
    );
    page.delta.setState({ made: { ...made, base, tuned, name: fileName(tuned) } });
  } catch (error) {
    showError(page, error, SUBJECT);
  }
}

/** Saves a delta through the browser's downloads. */
export function downloadDelta({ name, content }: PageDelta): void {
  saveFile(name, 'application/octet-stream', content);
}

/** Measures what a delta restores beside the fine-tuned model, which is the plan's. */
export function measureMade(page: Page, { name, base, content }: PageDelta): Promise<void> {
  return measureDelta(page, [{ path: name, file: content }], base);
}

function fileName(tuned: string): string {
  return `${tuned.replace(/^local:/, '').replace(/[^\w.-]+/g, '-')}.delta`;
}
