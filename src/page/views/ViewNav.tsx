import type { MouseEvent } from 'react';
import { pageAddress } from '../app/address';
import { useAddress, useLab, usePage, useView } from '../app/usePage';
import { isBusy, type Activity } from '../store/lab';
import { showView } from './commands';
import { VIEWS, type ViewId } from './views';
import './views.css';

/** The view in which the progress of an activity is shown; that of a run is shown above all views. */
const VIEW_OF: Readonly<Partial<Record<Activity['kind'], ViewId>>> = {
  compareAnswers: 'compare',
  inspectFile: 'inspect',
  sensitivity: 'inspect',
  route: 'decide',
  train: 'train',
  benchmark: 'benchmark',
};

function viewOf({ kind, record }: Activity): string | null | undefined {
  return kind === 'generate' ? record : VIEW_OF[kind];
}

/** Chooses the view. The entries are links, which can be copied or opened in another tab. */
export function ViewNav() {
  const page = usePage();
  const shown = useView((s) => s.view);
  const busy = useLab((s) => (s.activity && isBusy(s) ? viewOf(s.activity) : undefined));
  useAddress();
  const follow = (event: MouseEvent, view: ViewId): void => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    showView(page, view);
  };
  return (
    <nav className="views" aria-label="Views">
      {VIEWS.map(({ id, label, help }) => (
        <a
          key={id}
          href={pageAddress(page, { view: id })}
          title={help}
          aria-current={id === shown ? 'page' : undefined}
          onClick={(event) => follow(event, id)}
        >
          {label}
          {id === busy && (
            <>
              <span className="busy-mark" aria-hidden="true" />
              <span className="visually-hidden"> (running)</span>
            </>
          )}
        </a>
      ))}
    </nav>
  );
}
