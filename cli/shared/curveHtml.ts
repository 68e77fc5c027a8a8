import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseMarkdownTables } from '../../src/base/markdown';
import type { LabRecord } from '../../src/lab/results/record';
import { tasksToMarkdown } from '../../src/lab/results/taskTable';
import { buildFigure, type Figure } from '../../src/page/chart/figure';
import { chartPoints, type ChartView, type XAxis } from '../../src/page/chart/points';
import { shownAxis, taskAxes, type YAxis } from '../../src/page/chart/quality';
import type { OutputFolder } from '../../src/platform/node/recordStore';
import tokens from '../../src/page/styles/tokens.css?raw';

const WIDTH = 960;
const HEIGHT = 540;

const X_AXES: Readonly<Record<XAxis, string>> = {
  bitsPerWeight: 'bits per weight',
  bitsPerCodedWeight: 'bits per coded weight',
  bytes: 'bytes',
};
const Y_AXES = { change: 'change', value: 'value' } as const satisfies Partial<Record<YAxis, string>>;

/** The curve of one model on one data set, with a figure for every setting of the controls, by `x y log`. */
interface Section {
  title: string;
  /** What its codecs scored in tasks, as HTML; "" without tasks. */
  tasks: string;
  figures: Readonly<Record<string, Figure>>;
}

/**
 * Returns the curves of a sweep as one self-contained HTML file with plotly, the figures, the scores of tasks and the records, which opens
 * without a network. The figures are those of the page (src/page/chart), computed for every setting. Colours stay names of CSS variables
 * until the file is opened, so that it follows the reader's light or dark theme.
 */
export function curveHtml(records: readonly LabRecord[]): string {
  const yAxes = new Map<YAxis, string>([
    ...(Object.entries(Y_AXES) as [YAxis, string][]),
    ...taskAxes(records),
  ]);
  const sections = sectionsOf(records, [...yAxes.keys()]);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Bitcurve: bits against quality</title>
<style>${tokens}${STYLE}</style>
<body>
<h1>Bits against quality</h1>
${sections.length ? controls(yAxes) : '<p>No codec has been measured yet.</p>'}
${sections.map(({ title, tasks }, i) => `<h2>${escapeHtml(title)}</h2>\n<div class="curve" id="curve-${i}"></div>\n${tasks}`).join('\n')}
<script type="application/json" id="records">${jsonInHtml(records)}</script>
<script type="application/json" id="sections">${jsonInHtml(sections.map(({ figures }) => ({ figures })))}</script>
<script>${plotlySource()}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

/** Writes curve.html beside a folder's records. */
export function drawCurve(folder: OutputFolder): Promise<void> {
  return folder.write('curve.html', curveHtml(folder.records));
}

function sectionsOf(records: readonly LabRecord[], yAxes: readonly YAxis[]): Section[] {
  const groups = new Map<string, LabRecord[]>();
  for (const record of records) {
    const { model, quality, scope, rest } = record;
    const title = `${model.id} on ${quality.dataset}, scope ${scope}, rest ${rest}`;
    groups.set(title, [...(groups.get(title) ?? []), record]);
  }
  return [...groups].flatMap(([title, group]) => {
    const codecs = group.filter(({ role }) => role !== 'baseline');
    return codecs.length > 0 ? [{ title, tasks: tasksHtml(group), figures: figuresOf(codecs, yAxes) }] : [];
  });
}

function figuresOf(records: readonly LabRecord[], yAxes: readonly YAxis[]): Record<string, Figure> {
  const figures: Record<string, Figure> = {};
  for (const x of Object.keys(X_AXES) as XAxis[])
    for (const y of yAxes)
      for (const log of [true, false])
        figures[`${x} ${y} ${log}`] = figureOf(records, { x, y: shownAxis(records, y), log });
  return figures;
}

/** Makes the table of what the records scored in tasks. */
function tasksHtml(records: readonly LabRecord[]): string {
  const row = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell.replaceAll('`', ''))}</${tag}>`).join('')}</tr>`;
  return parseMarkdownTables(tasksToMarkdown(records))
    .map(({ columns, rows }) => [row('th', columns), ...rows.map((cells) => row('td', cells))].join('\n'))
    .map((lines) => `<div class="scores"><table>\n${lines}\n</table></div>`)
    .join('\n');
}

function figureOf(records: readonly LabRecord[], view: ChartView): Figure {
  const points = chartPoints(
    records.map((record) => ({ record, origin: 'measured' })),
    view,
  );
  const palette = (variable: string) => `@${variable}@`;
  return buildFigure({ points, view, selected: null, palette, width: WIDTH, height: HEIGHT });
}

/** Returns JSON that cannot end the script element around it. */
function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

function plotlySource(): string {
  const path = createRequire(import.meta.url).resolve('plotly.js-basic-dist-min');
  return readFileSync(path, 'utf8').replace(/<\/script/gi, '<\\/script');
}

const select = (id: string, words: Iterable<readonly [value: string, label: string]>) =>
  `<select id="${id}">${[...words]
    .map(([value, label]) => `<option value="${escapeHtml(value)}">${escapeHtml(label)}</option>`)
    .join('')}</select>`;

const controls = (yAxes: ReadonlyMap<YAxis, string>) => `<p class="controls">
<label>Size in ${select('x', Object.entries(X_AXES))}</label>
<label>Quality as ${select('y', yAxes)}</label>
<label><input type="checkbox" id="log" checked> logarithmic</label>
</p>`;

const STYLE = `
body { margin: 2rem auto; max-width: ${WIDTH}px; padding: 0 1rem; font: 15px/1.5 var(--sans);
  background: var(--ground); color: var(--ink); }
h1 { font-size: 1.5rem; } h2 { font-size: 1.05rem; margin: 2rem 0 0.5rem; overflow-wrap: anywhere; }
.controls { display: flex; flex-wrap: wrap; gap: 1.25rem; color: var(--ink-soft); }
.scores { overflow-x: auto; }
table { border-collapse: collapse; margin-top: 1rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.7rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
.curve { overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); }
`;

/** Replaces each @--name@ by a colour; a probe element resolves light-dark() for the present theme. */
const SCRIPT = `
const text = document.getElementById('sections').textContent;
const probe = document.body.appendChild(document.createElement('span'));
probe.hidden = true;
const colour = (_, name) => { probe.style.color = 'var(' + name + ')'; return getComputedStyle(probe).color; };
const value = (id) => document.getElementById(id).value;
function draw() {
  const key = value('x') + ' ' + value('y') + ' ' + document.getElementById('log').checked;
  JSON.parse(text.replace(/@(--[a-z0-9-]+)@/g, colour)).forEach(({ figures }, i) =>
    Plotly.react('curve-' + i, figures[key].data, figures[key].layout, { displaylogo: false }));
}
if (document.getElementById('x')) {
  for (const id of ['x', 'y', 'log']) document.getElementById(id).addEventListener('change', draw);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  draw();
}
`;
