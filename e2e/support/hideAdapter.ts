import type { BrowserContext } from '@playwright/test';

/** Hides WebGPU from pages and their workers, as in a browser that does not have it. */
export async function hideAdapter(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    // A browser without WebGPU has no such property, not even on the prototype.
    delete (Navigator.prototype as { gpu?: unknown }).gpu;
  });
  // Init scripts do not reach workers.
  await context.route(/lab\.worker-.*\.js$/, async (route) => {
    const answer = await route.fetch();
    const script = `delete WorkerNavigator.prototype.gpu;\n${await answer.text()}`;
    await route.fulfill({ response: answer, body: script });
  });
}
