import { runActivity, showError } from '../app/activity';
import type { Page } from '../app/page';
import { canStart } from '../store/lab';

/** Benchmarks the lab's kernels against another runtime and shows the results. */
export async function startBenchmark(page: Page): Promise<void> {
  if (!canStart(page.lab.getState())) return;
  page.bench.setState({ rows: [] });
  try {
    const rows = await runActivity(page, 'benchmark', ({ signal, showStep }) =>
      page.client.call('benchmark', null, { signal, onProgress: ({ step }) => showStep(step) }),
    );
    page.bench.setState({ rows });
  } catch (error) {
    showError(page, error, 'Benchmark');
  }
}
