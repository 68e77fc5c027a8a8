/** Types of the few functions of plotly.js 4 that the page calls; its own types describe the full build. */
declare module 'plotly.js-basic-dist-min' {
  export interface PlotlyElement extends HTMLElement {
    on(event: 'plotly_click' | 'plotly_hover', listener: (event: PlotlyPointEvent) => void): void;
    on(event: 'plotly_unhover', listener: () => void): void;
    removeAllListeners(event: string): void;
  }
  export interface PlotlyPointEvent {
    points: readonly { customdata?: unknown }[];
  }
  export type PlotlyObject = Readonly<Record<string, unknown>>;
  interface Plotly {
    react(
      element: HTMLElement,
      data: readonly PlotlyObject[],
      layout: PlotlyObject,
      config: PlotlyObject,
    ): Promise<PlotlyElement>;
    purge(element: HTMLElement): void;
    toImage(
      figure: { data: readonly PlotlyObject[]; layout: PlotlyObject },
      options: { format: 'svg' | 'png'; width: number; height: number; scale?: number },
    ): Promise<string>;
  }
  const plotly: Plotly;
  export default plotly;
}
