import { grouped } from '../../base/format';
import { formatCodec } from '../../codecs/contract/spec';
import { ROUTING_UNITS, SIGNALS } from '../../lab/routing/cascade';
import type { RoutingCurve } from '../../lab/routing/curve';
import type { MeasuredCascade } from '../../lab/routing/measure';
import { curveColumns, curveRows, routingVerdict } from '../../lab/routing/table';
import { usePage, useRouting } from '../app/usePage';
import { Choice } from '../widgets/Choice';
import { RoutingChart } from './RoutingChart';

/** Shows one curve of a cascade: the verdict at the wanted quality, the chart, and the same figures as a table. */
export function RoutingResult({ cascade }: { cascade: MeasuredCascade }) {
  const { routing } = usePage();
  const by = useRouting((s) => s.by);
  const signal = useRouting((s) => s.signal);
  const curve = cascade.curves.find((each) => each.routing.by === by && each.routing.signal === signal)!;
  return (
    <div className="routing-result">
      <p className="soft">{measuredText(cascade)}</p>
      <div className="routing-form">
        <Choice
          label="Routed by"
          value={by}
          values={ROUTING_UNITS}
          choose={(value) => routing.setState({ by: value })}
        />
        <Choice
          label="Signal of the small variant"
          value={signal}
          values={SIGNALS}
          choose={(value) => routing.setState({ signal: value })}
        />
      </div>
      <p role="status">
        {`At most ${curve.maxIncrease} % above the large variant: ${routingVerdict(curve)}.`}
      </p>
      <RoutingChart curve={curve} />
      <CurveTable curve={curve} />
    </div>
  );
}

function measuredText({ small, large, windows, curves }: MeasuredCascade): string {
  const sizes = [small, large].map(
    ({ variant, bytes }) => `${formatCodec(variant.spec)} (${grouped(bytes)} bytes)`,
  );
  const { prompt } = curves[0].routing;
  return (
    `${small.variant.model}: ${sizes.join(' before ')}, answers to prompts of ${prompt} tokens in ${windows.heldOut} windows; ` +
    `thresholds from ${windows.fit} windows of calibration text. Bytes are the weights that all passes read.`
  );
}

function CurveTable({ curve }: { curve: RoutingCurve }) {
  const columns = curveColumns(curve);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Routing curve">
      <table>
        <thead>
          <tr>
            {columns.map(([header, , align]) => (
              <th key={header} scope="col" className={align ? undefined : 'numeric'}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {curveRows(curve).map((row) => (
            <tr key={row.name}>
              {columns.map(([header, cell, align]) =>
                align ? (
                  <th key={header} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={header} className="numeric">
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
