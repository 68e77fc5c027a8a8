import { lazy, Suspense } from 'react';
import type { ComponentType, ReactNode } from 'react';

type Load<P> = () => Promise<ComponentType<P>>;

/**
 * Makes a component whose code is loaded when it is first rendered, for what the first screen does not need. Until then
 * `waiting` is shown. Where the code cannot be loaded the component says so, and the rest of the page works.
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
 * Makes the content of a dialog like `later`. The dialog itself is part of the page and opens at once, so that a key pressed before
 * the content has arrived belongs to the dialog and not to the page behind it.
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
