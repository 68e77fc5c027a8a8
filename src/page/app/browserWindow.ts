import { isBusy, pagePhase, type LabState, type Phase } from '../store/lab';
import type { Theme } from '../store/view';
import { pageAddress, readAddress } from './address';
import type { Page } from './page';

/** Updates address, title, icon and theme of the browser window, and asks for confirmation before leaving a busy page. */
export function watchBrowserWindow(page: Page): void {
  const showAddress = (): void => history.replaceState(null, '', pageAddress(page));
  page.plans.subscribe((state, before) => {
    if (state.plan !== before.plan && !state.problem) showAddress();
  });
  for (const store of Object.values(page.values)) store.subscribe(showAddress);
  page.lab.subscribe((state, before) => {
    showTitle(state);
    if (state.compute !== before.compute) showAddress();
  });
  showTheme(page.view.getState().theme);
  window.addEventListener('popstate', () => {
    page.view.setState(readAddress(location).shown);
    // An earlier entry of the history has the plan of its time.
    history.replaceState(null, '', pageAddress(page) + location.hash);
  });
  page.view.subscribe((state, before) => {
    if (state.theme !== before.theme) showTheme(state.theme);
  });
  window.addEventListener('beforeunload', (event) => {
    if (isBusy(page.lab.getState())) event.preventDefault();
  });
}

function showTitle(state: LabState): void {
  const phase = pagePhase(state);
  const percent = Math.floor(100 * (state.run?.progress.fraction ?? 0));
  const title =
    phase === 'running'
      ? `${percent} % · Bitcurve`
      : phase === 'done'
        ? '✓ Bitcurve'
        : phase === 'error'
          ? '! Bitcurve'
          : 'Bitcurve';
  if (document.title !== title) document.title = title;
  showIcon(phase);
}

function showIcon(phase: Phase): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  const file = phase === 'running' ? './icon-running.svg' : './icon.svg';
  if (link && link.getAttribute('href') !== file) link.setAttribute('href', file);
}

/** Sets the theme; `system` follows prefers-color-scheme. */
function showTheme(theme: Theme): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset.theme;
  else root.dataset.theme = theme;
}
