import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import { DEFAULT_INCREASE } from '../../lab/decide/parameters';
import { usePage } from '../app/usePage';
import { setValue } from '../store/values';
import { limitAfterKey, limitAtPixel, limitPixel, MAX_LIMIT } from './dragLimit';
import { frameOf, margins, type Frame } from './frame';
import type { ChartPoint, ChartView } from './points';

interface LimitHandleProps {
  points: readonly ChartPoint[];
  view: ChartView;
  limit: number;
  /** Size of the drawing in CSS pixels. */
  width: number;
  height: number;
}

/** A grip on the line of the limit, which is dragged or moved by arrow keys. The answer and the table follow when it is released. */
export function LimitHandle({ points, view, limit, width, height }: LimitHandleProps) {
  const { decide } = usePage().values;
  const frame = frameOf({ points, view, limit, selected: null, palette: () => '', width, height });
  const { t: margin } = margins(width);
  const { dragged, handlers } = useDrag(frame, margin, limit, (next) =>
    setValue(decide, 'max-increase', String(next), String(DEFAULT_INCREASE)),
  );
  const shown = dragged ?? limit;
  const pixel = limitPixel(frame, shown);
  if (pixel === undefined) return null;
  const unit = points[0].record.quality.task === 'perplexity' ? ' %' : ' points';
  const style = { top: margin + pixel };
  return (
    <>
      {dragged !== null && <div className="limit-dragged" style={style} aria-hidden="true" />}
      <div
        role="slider"
        tabIndex={0}
        className="limit-handle"
        style={style}
        aria-label="Loss at most"
        aria-orientation="vertical"
        aria-valuemin={0}
        aria-valuemax={MAX_LIMIT}
        aria-valuenow={shown}
        aria-valuetext={`${shown}${unit}`}
        title="Drag the limit, or move it with the arrow keys"
        {...handlers}
      >
        {dragged === null ? '⇕' : `${shown}${unit}`}
      </div>
    </>
  );
}

/** Returns the limit while it is dragged, and what follows pointer and keys. @param margin pixels above the plot */
function useDrag(frame: Frame, margin: number, limit: number, set: (limit: number) => void) {
  const [dragged, setDragged] = useState<number | null>(null);
  const handlers = {
    onPointerDown(event: PointerEvent<HTMLElement>) {
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      event.currentTarget.focus();
      setDragged(limit);
    },
    onPointerMove({ currentTarget, pointerId, clientY }: PointerEvent<HTMLElement>) {
      if (!currentTarget.hasPointerCapture(pointerId)) return;
      const { top } = currentTarget.parentElement!.getBoundingClientRect();
      setDragged(limitAtPixel(frame, clientY - top - margin));
    },
    onPointerUp() {
      if (dragged !== null) set(dragged);
      setDragged(null);
    },
    onPointerCancel: () => setDragged(null),
    onKeyDown(event: KeyboardEvent) {
      const next = limitAfterKey(limit, event.key);
      if (next === undefined) return;
      event.preventDefault();
      set(next);
    },
  };
  return { dragged, handlers };
}
