import { lazy, Suspense } from 'react';
import type { ComponentType } from 'react';

/**
 * A part of the page whose code comes when it is first drawn: what the first screen does not need. Nothing stands in for it until
 * then; where its code cannot be had the part says so, and the rest of the page goes on.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  const Part = lazy(async (): Promise<{ default: ComponentType<object> }> => {
    const found = await load().catch(() => Missing);
    return { default: found as ComponentType<object> };
  });
  return function Later(props: P) {
    return (
      <Suspense>
        <Part {...props} />
      </Suspense>
    );
  };
}

function Missing() {
  return (
    <p className="panel problem" role="alert">
      A part of the page could not be loaded. Check the connection and reload the page.
    </p>
  );
}
