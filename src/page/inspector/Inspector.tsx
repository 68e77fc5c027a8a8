import { fixed, withInterval } from '../../base/format';
import type { LabRecord } from '../../lab/results/record';
import { usePage } from '../app/usePage';
import { Flags } from '../table/Flags';
import { verdictSentence } from '../records/verdict';
import type { Entry } from '../store/records';
import { PartsBar } from './PartsBar';
import { SampleStrip } from './SampleStrip';

/** Shows the sizes of a record's parts, its samples and its verdict. */
export function Inspector({ entry }: { entry: Entry }) {
  const { records } = usePage();
  const { record } = entry;
  return (
    <aside className="inspector" aria-label={`Record ${record.codec.spec}`}>
      <div className="inspector-head">
        <h3>
          <code>{record.codec.spec}</code>
        </h3>
        <button
          type="button"
          className="plain"
          aria-label="Close"
          onClick={() => records.setState({ selected: null })}
        >
          ✕
        </button>
      </div>
      <Headline record={record} />
      <p className="soft">{verdictSentence(record)}</p>
      {record.validity.length > 0 && <Flags flags={record.validity} />}
      <PartsBar record={record} />
      <SampleStrip record={record} />
    </aside>
  );
}

function Headline({ record }: { record: LabRecord }) {
  const { size, quality: q } = record;
  const { value, interval } = withInterval(q.deltaPercent, q.deltaPercentCi95);
  return (
    <p className="headline">
      <span>
        <b>{fixed(size.bitsPerWeight, 2)}</b> bits per weight
      </span>
      <span>
        <b>{value}</b> {q.task === 'perplexity' ? '% perplexity' : 'points accuracy'}
        <span className="soft"> {interval}</span>
      </span>
    </p>
  );
}
