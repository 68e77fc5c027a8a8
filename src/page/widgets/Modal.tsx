import { useLayoutEffect, useRef, type ReactNode } from 'react';

interface Props {
  title: string;
  className?: string;
  /** Called when the dialog is closed by Escape, its button, or a click beside it. */
  onClose: () => void;
  children: ReactNode;
}

/** A modal dialog that is open while it is rendered. It traps the focus, and Escape closes it. */
export function Modal({ title, className = '', onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Closed before it is removed, so that the browser returns the focus to the element that opened it.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={`sheet ${className}`}
      aria-label={title}
      onClose={onClose}
      // Escape closes the dialog and must not stop the run behind it.
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <div className="modal-head">
        <h2>{title}</h2>
        <button type="button" className="plain" aria-label="Close" onClick={() => dialog.current?.close()}>
          ✕
        </button>
      </div>
      {children}
    </dialog>
  );
}
