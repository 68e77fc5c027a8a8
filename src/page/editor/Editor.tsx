import { useActivity, usePage, usePlans } from '../app/usePage';
import { CopyLink } from '../widgets/CopyLink';
import { CodecList } from './CodecList';
import { PlanForm } from './PlanForm';

/** Edits every parameter of the plan, checked by the parser that reads addresses and files. */
export function Editor() {
  const running = useActivity('run') !== null;
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
      <CopyLink disabled={problem !== null} />
      <button type="button" className="small" onClick={() => view.setState({ editorOpen: false })}>
        Close
      </button>
    </div>
  );
}
