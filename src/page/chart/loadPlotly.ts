import type plotlyModule from 'plotly.js-basic-dist-min';

export type Plotly = typeof plotlyModule;

let loading: Promise<Plotly> | undefined;

/**
 * Loads the chart library once and draws an invisible point with it. Both block the main thread for about 0.2 s, which must not
 * happen during a run. After a failure the next call tries again.
 */
export function loadPlotly(): Promise<Plotly> {
  loading ??= load();
  loading.catch(() => (loading = undefined));
  return loading;
}

async function load(): Promise<Plotly> {
  const { default: plotly } = await import('plotly.js-basic-dist-min');
  await nextTask();
  await warmUp(plotly);
  await nextTask();
  return plotly;
}

async function warmUp(plotly: Plotly): Promise<void> {
  const stage = document.createElement('div');
  stage.style.cssText = 'position:fixed;left:-9999px;width:300px;height:200px;visibility:hidden';
  stage.ariaHidden = 'true';
  document.body.append(stage);
  const point = {
    type: 'scatter',
    mode: 'markers+text',
    x: [1],
    y: [1],
    text: ['a'],
    error_y: { array: [1] },
  };
  try {
    await plotly.react(
      stage,
      [point],
      { width: 300, height: 200, showlegend: false },
      { displayModeBar: false },
    );
    plotly.purge(stage);
  } finally {
    stage.remove();
  }
}

/**
 * Loads the chart library while the page is idle, so that the first point of a run is drawn at once. A failure is ignored: the
 * chart loads the library again and reports it.
 */
export function preloadPlotly(): void {
  const preload = (): void => void loadPlotly().catch(() => undefined);
  // Safari has no idle callbacks.
  if ('requestIdleCallback' in window) requestIdleCallback(preload);
  else setTimeout(preload, 200);
}

/** Lets the browser handle input between two long tasks. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
