import { useId, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { lazyComponent } from '../widgets/lazyComponent';

const Definition = lazyComponent(() => import('./Definition').then((m) => m.Definition), 'Loading…');

const WIDTH_PX = 288;

interface Props {
  id: string | undefined;
  children: ReactNode;
  /** Whether it is a link to the glossary, which it cannot be inside of a label or a button. */
  linked?: boolean;
}

/** Shows a term with its definition on hover, focus or tap. A term without an entry is plain text. */
export function Term({ id, children, linked = false }: Props) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLElement | null>(null);
  const element = useRef<HTMLSpanElement>(null);
  const tip = useId();
  if (id === undefined) return <>{children}</>;
  const show = (): void => setOpen(true);
  const close = (): void => setOpen(false);
  const behaviour = {
    ref: (el: HTMLElement | null) => void (anchor.current = el),
    className: 'term',
    'aria-describedby': open ? tip : undefined,
    ...{ onPointerEnter: show, onPointerLeave: close, onFocus: show, onBlur: close },
    onKeyDown: (event: KeyboardEvent) => event.key === 'Escape' && close(),
  };
  const content = (
    <>
      {children}
      {open && (
        <span
          id={tip}
          role="tooltip"
          className="tip"
          popover="manual"
          ref={(el) => {
            element.current = el;
            positionTooltip(el, anchor.current);
          }}
        >
          <Definition id={id} onShown={() => positionTooltip(element.current, anchor.current)} />
        </span>
      )}
    </>
  );
  if (!linked)
    return (
      <span tabIndex={0} {...behaviour}>
        {content}
      </span>
    );
  return (
    <a href={`#term=${id}`} {...behaviour}>
      {content}
    </a>
  );
}

/** Shows the tooltip below its term and inside the window. In the top layer a scrolling table cannot clip it. */
function positionTooltip(tip: HTMLElement | null, anchor: HTMLElement | null): void {
  if (!tip || !anchor) return;
  const { left, bottom, top } = anchor.getBoundingClientRect();
  if (!tip.matches(':popover-open')) tip.showPopover();
  const width = Math.min(WIDTH_PX, innerWidth - 16);
  const below = bottom + tip.offsetHeight + 12 < innerHeight;
  tip.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  tip.style.top = `${below ? bottom + 6 : top - tip.offsetHeight - 6}px`;
}
