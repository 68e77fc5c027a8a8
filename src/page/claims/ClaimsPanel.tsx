import { useState } from 'react';
import { lazyDialogContent } from '../widgets/lazyComponent';

const Ledger = lazyDialogContent(() => import('./Ledger').then((m) => m.Ledger));

/** Shows which published figures hold. The ledger is loaded when the section is opened. */
export function ClaimsPanel() {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="panel fold" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>Published figures</h2> <span className="soft">what holds and what does not</span>
      </summary>
      {isOpen && <Ledger />}
    </details>
  );
}
