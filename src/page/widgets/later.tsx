import { lazy, Suspense } from 'react';
import type { ComponentType, ReactNode } from 'react';

type Load<P> = () => Promise<ComponentType<P>>;

/**
 * A part of the page whose code comes when it is first drawn: what the first screen does not need. Until then `waiting`
 * stands in for it; where its code cannot be had the part says so, and the rest of the page goes on.
 */
export function later<P extends object>(load: Load<P>, waiting: ReactNode = null): ComponentType<P> {
  const Part = lazy(async (): Promise<{ default: ComponentType<object> }> => {
    const found = await load().catch(() => Missing);
    return { default: found as ComponentType<object> };
  });
  return function Later(props: P) {
    return (
      <Suspense fallback={waiting}>
        <Part {...props} />
      </Suspense>
    );
  };
}

/**
 * The content of a dialog, as `later`. The dialog itself is part of the page and opens at once: a key pressed before the content
 * has come belongs to the dialog, not to the page behind it.
 */
export function laterInDialog<P extends object>(load: Load<P>): ComponentType<P> {
  return later(load, <p className="soft">Loading…</p>);
}

function Missing() {
  return (
    <p className="panel problem" role="alert">
      A part of the page could not be loaded. Check the connection and reload the page.
    </p>
  );
}
