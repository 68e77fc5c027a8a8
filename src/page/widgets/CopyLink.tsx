import { useState } from 'react';
import { showError } from '../app/activity';
import { pageAddress } from '../app/address';
import { useDecision, usePage, usePlans } from '../app/usePage';
import { copyToClipboard } from '../browser/files';

/** Copies the page's address, which holds the plan and the decision, to the clipboard. */
export function CopyLink({ disabled }: { disabled: boolean }) {
  const page = usePage();
  usePlans((s) => s);
  useDecision((s) => s);
  const [copied, setCopied] = useState('');
  const link = new URL(pageAddress(page), document.baseURI).href;
  const copy = (): void => {
    copyToClipboard(link).then(
      () => setCopied(link),
      (error: unknown) => showError(page, error),
    );
  };
  return (
    <button type="button" className="small" disabled={disabled} onClick={copy}>
      {copied === link ? 'Link copied' : 'Copy link'}
    </button>
  );
}
