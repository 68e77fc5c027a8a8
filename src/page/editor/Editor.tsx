import { useState } from 'react';
import { copyToClipboard } from '../browser/files';
import { showError } from '../app/activity';
import { useActivity, usePage, usePlans, useView } from '../app/usePage';
import { permalink } from '../plan/draft';
import { CodecList } from './CodecList';
import { PlanForm } from './PlanForm';

/** Edits every parameter of the plan, checked by the parser that reads addresses and files. */
export function Editor() {
  const open = useView((s) => s.editorOpen);
  const running = useActivity('run') !== null;
  if (!open) return null;
  return (
    <section className="panel editor" aria-label="Plan editor">
      <fieldset disabled={running}>
        <legend className="visually-hidden">Plan</legend>
        <CodecList />
        <PlanForm />
      </fieldset>
      <EditorFoot />
    </section>
  );
}

function EditorFoot() {
  const { view } = usePage();
  const problem = usePlans((s) => s.problem);
  return (
    <div className="editor-foot">
      <p className="problem" role="status">
        {problem && (
          <>
            <strong>{problem.message}</strong> {problem.remedy}
          </>
        )}
      </p>
      <CopyLink />
      <button type="button" className="small" onClick={() => view.setState({ editorOpen: false })}>
        Close
      </button>
    </div>
  );
}

/** Copies the page's address, which holds the plan, to the clipboard. */
function CopyLink() {
  const page = usePage();
  const { names } = page.plans;
  const { plan, draft, problem } = usePlans((s) => s);
  const [copied, setCopied] = useState('');
  const link = new URL(permalink(plan, draft.preset, names), document.baseURI).href;
  const copy = (): void => {
    copyToClipboard(link).then(
      () => setCopied(link),
      (error: unknown) => showError(page, error),
    );
  };
  return (
    <button type="button" className="small" disabled={problem !== null} onClick={copy}>
      {copied === link ? 'Link copied' : 'Copy link'}
    </button>
  );
}
