import { useRef, useState } from 'react';
import dataDeltaDocument from '../../../docs/data-delta.md?url';
import deltaDocument from '../../../docs/delta.md?url';
import { fixed } from '../../base/format';
import { breakEven, STORAGE_COSTS } from '../../delta/breakEven';
import { useActivity } from '../app/usePage';
import { useWidth } from '../chart/Chart';
import {
  costLines,
  PLOT_HEIGHT,
  PLOT_MARGIN,
  MAX_BITS,
  shareAtPixel,
  pixelOfShare,
  pixelOfBits,
  type CostLine,
} from './breakEvenFigure';
import { MakeDelta } from './MakeDelta';
import './delta.css';

/** Makes deltas, and shows from which share of equal values each way of storing a difference pays. */
export function DeltaPanel() {
  const making = useActivity('makeDelta') !== null;
  return (
    <details className="panel fold deltas">
      <summary>
        <h2>Deltas</h2>{' '}
        <span className="soft">
          {making ? 'Running' : 'A fine-tuned model as its difference from a base, and when that pays'}
        </span>
      </summary>
      <p>
        A fine-tuned model can be stored as its difference from the base. The codec <code>delta(…)</code>{' '}
        codes that difference with any other codec: add it to the plan and choose the <b>Base</b> there. Ways
        that restore every bit, and that were made for differences, are below and{' '}
        <DocumentLink url={deltaDocument}>on the command line</DocumentLink>, which also stores{' '}
        <DocumentLink url={dataDeltaDocument}>data sets as deltas</DocumentLink>.
      </p>
      <MakeDelta />
      <h3>When storing the difference pays</h3>
      <BreakEven />
    </details>
  );
}

function DocumentLink({ url, children }: { url: string; children: string }) {
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {children}
    </a>
  );
}

/** Draws the bits of each way of storing by the share of values that did not change, with the table of the same values. */
function BreakEven() {
  const [sparsity, setSparsity] = useState(0.9);
  return (
    <>
      <CostPlot sparsity={sparsity} onChange={setSparsity} />
      <label className="sparsity">
        Values that did not change
        <input
          type="range"
          min="0"
          max="100"
          step="0.1"
          value={100 * sparsity}
          onChange={(event) => setSparsity(Number(event.target.value) / 100)}
        />
        <output>{percent(sparsity)}</output>
      </label>
      <CostTable sparsity={sparsity} />
    </>
  );
}

/** Returns a key as part of a class: "sparse-int8". */
const kebab = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const percent = (share: number) => `${fixed(100 * share, 1)} %`;

interface PlotProps {
  sparsity: number;
  onChange: (sparsity: number) => void;
}

function CostPlot({ sparsity, onChange }: PlotProps) {
  const box = useRef<HTMLElement>(null);
  const width = useWidth(box);
  const choose = (event: React.PointerEvent<SVGSVGElement>): void => {
    if (event.buttons === 0) return;
    onChange(shareAtPixel(event.clientX - event.currentTarget.getBoundingClientRect().left, width));
  };
  const x = pixelOfShare(sparsity, width);
  return (
    <figure ref={box}>
      <svg
        width={width}
        height={PLOT_HEIGHT}
        role="img"
        aria-label="Bits per value of each way of storing a difference, by the share of values that did not change. The table below has the values."
        onPointerDown={choose}
        onPointerMove={choose}
      >
        <Axes width={width} />
        <path className="chosen" d={`M${x} ${PLOT_MARGIN.top}V${PLOT_HEIGHT - PLOT_MARGIN.bottom}`} />
        {costLines(width).map((line) => (
          <CostPath key={line.key} line={line} sparsity={sparsity} x={x} />
        ))}
      </svg>
    </figure>
  );
}

function CostPath({ line, sparsity, x }: { line: CostLine; sparsity: number; x: number }) {
  const bits = line.bitsPerValue(sparsity);
  return (
    <g className={`cost cost-${kebab(line.key)}`}>
      <path d={line.path} />
      {bits <= MAX_BITS && <circle cx={x} cy={pixelOfBits(bits)} r="3.5" />}
    </g>
  );
}

const SHARES = [0, 0.25, 0.5, 0.75, 1];
const BITS = [0, 4, 8, 12, 16, 20];

function Axes({ width }: { width: number }) {
  const bottom = PLOT_HEIGHT - PLOT_MARGIN.bottom;
  return (
    <g className="cost-axes" aria-hidden="true">
      {BITS.map((bits) => (
        <g key={bits}>
          <path d={`M${PLOT_MARGIN.left} ${pixelOfBits(bits)}H${width - PLOT_MARGIN.right}`} />
          <text x={PLOT_MARGIN.left - 8} y={pixelOfBits(bits) + 4} textAnchor="end">
            {bits}
          </text>
        </g>
      ))}
      {SHARES.map((share) => (
        <text
          key={share}
          x={pixelOfShare(share, width)}
          y={bottom + 17}
          textAnchor={share === 1 ? 'end' : 'middle'}
        >
          {100 * share} %
        </text>
      ))}
      <text x={pixelOfShare(0.5, width)} y={bottom + 35} textAnchor="middle">
        share of values that did not change
      </text>
      <text x={0} y={12}>
        bits per value
      </text>
    </g>
  );
}

function CostTable({ sparsity }: { sparsity: number }) {
  const { float16, int8 } = STORAGE_COSTS;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Ways of storing a difference">
      <table>
        <thead>
          <tr>
            <th scope="col">Stored as</th>
            <th scope="col" className="numeric">
              Bits per value at {percent(sparsity)}
            </th>
            <th scope="col" className="numeric">
              Less than float16 from
            </th>
            <th scope="col" className="numeric">
              Less than int8 from
            </th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(STORAGE_COSTS).map(([key, cost]) => (
            <tr key={key}>
              <th scope="row">
                <svg className={`cost cost-${kebab(key)}`} width="26" height="10" aria-hidden="true">
                  <path d="M0 5h26" />
                </svg>{' '}
                {cost.label}
              </th>
              <td className="numeric">{fixed(cost.bitsPerValue(sparsity), 2)}</td>
              <td className="numeric">{from(breakEven(cost, float16))}</td>
              <td className="numeric">{from(breakEven(cost, int8))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Formats a break-even; a dash if a way never costs less. */
function from(share: number | undefined): string {
  return share === undefined ? '–' : percent(share);
}
