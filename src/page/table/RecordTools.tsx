import { useRef, useState } from 'react';
import { copyMarkdown, exportCsv, exportJson, importFile } from './commands';
import { usePage } from '../app/usePage';
import { CopyEmbed } from '../embed/CopyEmbed';

/** Exports records as JSON, CSV or Markdown, and imports them. */
export function RecordTools({ empty }: { empty: boolean }) {
  const page = usePage();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => setCopied(await copyMarkdown(page));
  return (
    <div className="tools">
      <button type="button" className="small" disabled={empty} onClick={() => exportJson(page)}>
        Export JSON
      </button>
      <button type="button" className="small" disabled={empty} onClick={() => exportCsv(page)}>
        Export CSV
      </button>
      <button
        type="button"
        className="small"
        disabled={empty}
        onClick={() => void copy()}
        onBlur={() => setCopied(false)}
      >
        {copied ? 'Copied' : 'Copy Markdown'}
      </button>
      <CopyEmbed />
      <ImportButton />
    </div>
  );
}

/** Imports files of records. */
export function ImportButton() {
  const page = usePage();
  const input = useRef<HTMLInputElement>(null);
  const take = (files: FileList | null): void => {
    for (const file of files ?? []) void importFile(page, file);
    if (input.current) input.current.value = '';
  };
  return (
    <>
      <button type="button" className="small" onClick={() => input.current?.click()}>
        Import…
      </button>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        multiple
        hidden
        aria-label="Import records"
        onChange={(event) => take(event.target.files)}
      />
    </>
  );
}
