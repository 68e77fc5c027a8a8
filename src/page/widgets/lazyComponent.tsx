import { lazy, Suspense } from 'react';
import type { ComponentType, ReactNode } from 'react';

type Load<P> = () => Promise<ComponentType<P>>;

/**
 * Returns a component whose code is loaded when it is first rendered, for what the first screen does not need. Until then `fallback`
 * is shown. If the code cannot be loaded, the component says so, and the rest of the page works.
 */
export function lazyComponent<P extends object>(load: Load<P>, fallback: ReactNode = null): ComponentType<P> {
  const Part = lazy(async (): Promise<{ default: ComponentType<object> }> => {
    const found = await load().catch(() => LoadError);
    return { default: found as ComponentType<object> };
  });
  return function LazyComponent(props: P) {
    return (
      <Suspense fallback={fallback}>
        <Part {...props} />
      </Suspense>
    );
  };
}

/**
 * Returns a lazy component for the content of a dialog. The dialog itself is part of the page and opens at once, so that keys
 * pressed before the content has been loaded go to the dialog and not to the page behind it.
 */
export function lazyDialogContent<P extends object>(load: Load<P>): ComponentType<P> {
  return lazyComponent(load, <p className="soft">Loading…</p>);
}

function LoadError() {
  return (
    <p className="panel problem" role="alert">
      A part of the page could not be loaded. Check the connection and reload the page.
    </p>
  );
}
