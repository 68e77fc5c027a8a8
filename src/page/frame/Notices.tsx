import { useState } from 'react';
import { copyToClipboard } from '../browser/files';
import { useLab, usePage } from '../app/usePage';
import { dismissNotice } from '../store/lab';
import type { Notice } from '../store/notices';

/** Shows each failure with its reason and remedy until it is dismissed. */
export function Notices() {
  const notices = useLab((s) => s.notices);
  return (
    <div className="notices" role="alert">
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeCard({ notice }: { notice: Notice }) {
  const { lab } = usePage();
  return (
    <div className="notice" data-code={notice.code}>
      <p>
        {notice.subject !== undefined && <code>{notice.subject}</code>} <strong>{notice.message}</strong>{' '}
        {notice.remedy}
        {notice.times > 1 && <span className="soft"> ({notice.times} times)</span>}
      </p>
      <CopyDetails notice={notice} />
      <button
        type="button"
        className="plain"
        aria-label="Dismiss"
        onClick={() => lab.setState((s) => dismissNotice(s, notice.id))}
      >
        ✕
      </button>
    </div>
  );
}

/** Copies what a bug report needs: the error, the plan, the adapter and the browser. */
function CopyDetails({ notice }: { notice: Notice }) {
  const { lab, plans } = usePage();
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const copy = async (): Promise<void> => {
    const { device, run } = lab.getState();
    const details = {
      error: notice,
      plan: run?.plan ?? plans.getState().plan,
      device,
      userAgent: navigator.userAgent,
      version: __VERSION__,
      commit: __COMMIT__,
    };
    await copyToClipboard(JSON.stringify(details, null, 1)).then(
      () => setState('copied'),
      () => setState('failed'),
    );
  };
  const labels = { idle: 'Copy details', copied: 'Copied', failed: 'Clipboard blocked' };
  return (
    <button type="button" className="small" onClick={() => void copy()}>
      {labels[state]}
    </button>
  );
}
