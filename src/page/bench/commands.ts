import { occupy, showError } from '../app/activity';
import type { Page } from '../app/page';
import { canBegin } from '../store/lab';

/** Times the lab's kernels against another runtime and shows the table. */
export async function startBenchmark(page: Page): Promise<void> {
  if (!canBegin(page.lab.getState())) return;
  page.bench.setState({ rows: [] });
  try {
    const rows = await occupy(page, 'benchmark', ({ signal, say }) =>
      page.client.call('benchmark', null, { signal, onProgress: ({ step }) => say(step) }),
    );
    page.bench.setState({ rows });
  } catch (error) {
    showError(page, error, 'Benchmark');
  }
}
