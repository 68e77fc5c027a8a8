import { useEffect, useRef } from 'react';
import { ACTIONS } from '../app/keyboard';
import { usePage, useView } from '../app/usePage';

/** Lists the keyboard shortcuts. */
export function ShortcutsDialog() {
  const { view } = usePage();
  const open = useView((s) => s.shortcutsOpen);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  const close = (): void => view.setState({ shortcutsOpen: false });
  return (
    <dialog ref={dialog} className="sheet" aria-labelledby="shortcuts-title" onClose={close}>
      <h2 id="shortcuts-title">Keyboard shortcuts</h2>
      <dl>
        {ACTIONS.map(({ id, keyLabel, label }) => (
          <div key={id}>
            <dt>
              <kbd>{keyLabel}</kbd>
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
