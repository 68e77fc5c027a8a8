import { createRoot } from 'react-dom/client';
import { App } from './App';
import { listenForKeys } from './app/actions';
import { exposeAutomation } from './app/automation';
import { boot, createPage, readAddress, watchEstimate, watchVisibility } from './app/boot';
import type { Page } from './app/page';
import { runPlan } from './app/runCommands';
import { watchSurface } from './app/surface';
import { PageContext } from './app/usePage';
import { preloadPlotly } from './chart/loadPlotly';
import { failRun } from './store/labStore';
import './styles/index.css';

start();

function start(): void {
  const address = readAddress(location.search);
  const request = 'request' in address ? address.request : undefined;
  const page = createPage(request);
  const ready = becomeReady(page, 'error' in address ? address.error : undefined);
  ready.catch(() => undefined);
  exposeAutomation(page, ready);
  watchSurface(page);
  watchVisibility(page);
  watchEstimate(page);
  listenForKeys(page);
  createRoot(document.getElementById('root')!).render(
    <PageContext value={page}>
      <App />
    </PageContext>,
  );
  void ready.then(preloadPlotly).catch(() => undefined);
  if (request?.autostart)
    void ready.then(() => runPlan(page, page.plans.getState().plan)).catch(() => undefined);
}

/** Device first, then the address: a wrong address is an error even where everything else works. */
async function becomeReady(page: Page, wrongAddress: Error | undefined): Promise<void> {
  try {
    await boot(page);
    if (wrongAddress) throw wrongAddress;
    page.lab.setState({ phase: 'ready' });
  } catch (error) {
    // What blocks every run is explained beside the device; everything else is a notice.
    const blocked = page.lab.getState().blocked;
    if (blocked) page.lab.setState({ phase: 'error', error: blocked });
    if (wrongAddress || !blocked) page.lab.setState((s) => failRun(s, wrongAddress ?? error));
    throw wrongAddress ?? error;
  }
}
