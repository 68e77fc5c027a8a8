import { useEffect, useRef } from 'react';
import { ACTIONS } from '../app/keyboard';
import { usePage, useView } from '../app/usePage';

/** Shows the keyboard shortcuts from the table of actions. */
export function KeyboardSheet() {
  const { view } = usePage();
  const open = useView((s) => s.sheetOpen);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  const close = (): void => view.setState({ sheetOpen: false });
  return (
    <dialog ref={dialog} className="sheet" aria-labelledby="sheet-title" onClose={close}>
      <h2 id="sheet-title">Keyboard</h2>
      <dl>
        {ACTIONS.map(({ id, shown, label }) => (
          <div key={id}>
            <dt>
              <kbd>{shown}</kbd>
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="small" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
