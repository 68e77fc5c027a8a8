import { useId, useState } from 'react';
import { recordFormats } from '../../lab/artefacts/recordFormats';
import { useActivity, useLab, usePage, useRecords } from '../app/usePage';
import { ActivityStatus } from '../widgets/ActivityStatus';
import { canStart } from '../store/lab';
import type { Entry } from '../store/records';
import { downloadRecord } from './commands';
import './downloads.css';

interface DownloadsProps {
  entry: Entry;
  /** Name of the region. */
  label?: string;
}

/** Offers the record's weights in every file format in which they can be written here. */
export function Downloads({ entry, label = `Files of ${entry.record.codec.spec}` }: DownloadsProps) {
  const formats = recordFormats(entry.record);
  const [chosen, setChosen] = useState(formats[0]?.id);
  const id = useId();
  if (entry.origin === 'imported' || formats.length === 0) return null;
  // Another record may not offer the format that was chosen for the last one.
  const format = formats.find((each) => each.id === chosen) ?? formats[0];
  return (
    <section className="downloads" aria-label={label}>
      <label htmlFor={id}>Weights as a file</label>
      <select id={id} value={format.id} onChange={(event) => setChosen(event.target.value)}>
        {formats.map((each) => (
          <option key={each.id} value={each.id}>
            {each.label}
          </option>
        ))}
      </select>
      <DownloadControl entry={entry} format={format.id} />
      <FileOutcome id={entry.record.id} />
    </section>
  );
}

function DownloadControl({ entry: { record }, format }: { entry: Entry; format: string }) {
  const page = usePage();
  const activity = useActivity('makeFile', record.id);
  const free = useLab(canStart);
  if (activity) return <ActivityStatus activity={activity} />;
  return (
    <button
      type="button"
      className="small"
      disabled={!free}
      title="Builds the file again from the model and checks that it equals the one that was measured"
      onClick={() => void downloadRecord(page, record, format)}
    >
      Download
    </button>
  );
}

function FileOutcome({ id }: { id: string }) {
  const outcome = useRecords((s) => s.fileOutcome);
  if (outcome?.id !== id) return null;
  return outcome.failed ? (
    <p className="problem" role="alert">
      {outcome.text}
    </p>
  ) : (
    <p className="soft" role="status">
      {outcome.text}
    </p>
  );
}
