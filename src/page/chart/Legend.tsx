import { useMemo } from 'react';
import { Term } from '../glossary/Term';
import { MarkerIcon } from './MarkerIcon';
import type { ChartPoint } from './points';
import { codecStyle } from './style';

/** Explains the colour and shape of each codec, the line, and hollow and pale markers. */
export function Legend({ points }: { points: readonly ChartPoint[] }) {
  const ids = useMemo(() => [...new Set(points.map((p) => p.record.codec.id))], [points]);
  const hasOpponents = points.some((p) => p.record.role === 'opponent');
  return (
    <ul className="legend" aria-label="Legend">
      {ids.map((id) => (
        <li key={id}>
          <MarkerIcon {...codecStyle(id)} /> {id}
        </li>
      ))}
      <li>
        <svg width="20" height="10" aria-hidden="true">
          <path d="M0 5h20" stroke="var(--accent)" strokeWidth="2" />
        </svg>{' '}
        <Term id="frontier">Pareto frontier</Term>
      </li>
      {hasOpponents && (
        <li>
          <MarkerIcon shape="circle" variable="--ink-soft" hollow /> <Term id="opponent">Opponent</Term>
        </li>
      )}
      <li className="soft">Pale: another point is smaller and better</li>
    </ul>
  );
}
