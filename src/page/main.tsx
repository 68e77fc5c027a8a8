import { createRoot } from 'react-dom/client';
import { App } from './App';
import { listenForKeys } from './app/keyboard';
import { watchDrops } from './app/drops';
import { exposeAutomation } from './app/automation';
import { boot, createPage, openQuery, startPlan, watchEstimate, watchVisibility } from './app/boot';
import { readAddress, type Address } from './app/address';
import type { Page } from './app/page';
import { watchBrowserWindow } from './app/browserWindow';
import { PageContext } from './app/usePage';
import { preloadPlotly } from './chart/loadPlotly';
import type { PageRequest } from '../lab/plan/text';
import { chooseCompute } from './measure/commands';
import { failRun } from './store/lab';
import './styles/index.css';

start();

function start(): void {
  const address = readAddress(location);
  const page = createPage(address);
  if (address.compute !== 'auto') chooseCompute(page, address.compute);
  const asked = becomeReady(page, address);
  const ready = asked.then(() => undefined);
  ready.catch(() => undefined);
  exposeAutomation(page, ready);
  watchBrowserWindow(page);
  watchVisibility(page);
  watchEstimate(page);
  listenForKeys(page);
  watchDrops(page);
  createRoot(document.getElementById('root')!).render(
    <PageContext value={page}>
      <App />
    </PageContext>,
  );
  void ready.then(preloadPlotly).catch(() => undefined);
  void asked.then((request) => (request?.autostart ? startPlan(page) : undefined)).catch(() => undefined);
}

/** Opens the device, then reads the address. An invalid address is an error even if everything else works. */
async function becomeReady(page: Page, address: Address): Promise<PageRequest | undefined> {
  const wrongAddress = 'error' in address ? address.error : undefined;
  try {
    await boot(page);
    if (wrongAddress) throw wrongAddress;
    const request = await requestOf(page, address);
    page.lab.setState({ idlePhase: 'ready' });
    return request;
  } catch (error) {
    // An error that blocks every run is shown beside the device; all others are notices.
    const blocked = page.lab.getState().blocked;
    if (blocked) page.lab.setState({ idlePhase: 'error', error: blocked });
    if (wrongAddress || !blocked) page.lab.setState((s) => failRun(s, wrongAddress ?? error));
    throw wrongAddress ?? error;
  }
}

async function requestOf(page: Page, address: Address): Promise<PageRequest | undefined> {
  if ('query' in address) return openQuery(page, address.query);
  return 'request' in address ? address.request : undefined;
}
