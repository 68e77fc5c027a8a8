import { useState } from 'react';
import { showError } from '../app/activity';
import { usePage } from '../app/usePage';
import { copyToClipboard } from '../browser/files';

interface Props {
  label: string;
  /** The label once the present text is on the clipboard. */
  done: string;
  text: string;
  disabled?: boolean;
}

/** Copies a text to the clipboard, and says so until the text changes. */
export function CopyButton({ label, done, text, disabled }: Props) {
  const page = usePage();
  const [copied, setCopied] = useState<string | null>(null);
  const copy = (): void => {
    copyToClipboard(text).then(
      () => setCopied(text),
      (error: unknown) => showError(page, error),
    );
  };
  return (
    <button type="button" className="small" disabled={disabled} onClick={copy}>
      {copied === text ? done : label}
    </button>
  );
}
