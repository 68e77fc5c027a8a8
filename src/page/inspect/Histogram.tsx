import { grouped, significant } from '../../base/format';
import type { TensorView } from '../../lab/inspect/inspect';

const WIDTH = 640;
const HALF = 90;
const GAP = 10;
const HEIGHT = 2 * HALF + 2 * GAP;

/** Draws the weights before compression above an axis and those after it below, with the values they can have as ticks. */
export function Histogram({ view, isLogarithmic }: { view: TensorView; isLogarithmic: boolean }) {
  const { low, high, before, after } = view.histogram;
  const bar = WIDTH / before.length;
  const at = (value: number): number => ((value - low) / (high - low || 1)) * WIDTH;
  const scaled = (count: number): number => (isLogarithmic ? Math.log10(1 + count) : count);
  const most = Math.max(...before.map(scaled), ...after.map(scaled));
  const height = (count: number): number => (HALF * scaled(count)) / most;
  return (
    <figure className="weights">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Weights from ${significant(low)} to ${significant(high)} before and after compression, as the table of counts lists them`}
      >
        {before.map((count, i) => (
          <rect
            key={i}
            className="before"
            x={i * bar}
            y={HALF - height(count)}
            width={bar}
            height={height(count)}
          />
        ))}
        {after.map((count, i) => (
          <rect key={i} className="after" x={i * bar} y={HALF + 2 * GAP} width={bar} height={height(count)} />
        ))}
        {view.levels.map((level) => (
          <path key={level} className="level" d={`M${at(level)} ${HALF + 2}v${2 * GAP - 4}`} />
        ))}
        <path className="chosen" d={`M${at(view.weight.value)} 0V${HALF}`} />
        <path className="chosen" d={`M${at(view.weight.restored)} ${HALF + 2 * GAP}V${HEIGHT}`} />
      </svg>
      <figcaption>
        <span>{significant(low)}</span>
        <span>
          <span className="key before" aria-hidden="true" /> before (above){' '}
          <span className="key after" aria-hidden="true" /> after (below){' '}
          <span className="key chosen" aria-hidden="true" /> the weight below
        </span>
        <span>{significant(high)}</span>
      </figcaption>
      <CountTable view={view} />
    </figure>
  );
}

function CountTable({ view: { histogram } }: { view: TensorView }) {
  const { low, high, before, after } = histogram;
  const width = (high - low) / before.length;
  return (
    <details>
      <summary>Counts as a table</summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Counts of weights">
        <table>
          <thead>
            <tr>
              <th scope="col" className="numeric">
                From
              </th>
              <th scope="col" className="numeric">
                Before
              </th>
              <th scope="col" className="numeric">
                After
              </th>
            </tr>
          </thead>
          <tbody>
            {before.map((count, i) => (
              <tr key={i}>
                <th scope="row" className="numeric">
                  {significant(low + i * width)}
                </th>
                <td className="numeric">{grouped(count)}</td>
                <td className="numeric">{grouped(after[i])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
