import { startGeneration } from './commands';
import { stop } from '../app/activity';
import { useActivity, useGeneration, useLab, usePage } from '../app/usePage';
import { useSelectedEntry } from '../app/useShownRecords';
import type { ShownRecords } from '../app/useShownRecords';
import { isOfFile } from '../../lab/results/fileCodec';
import type { LabRecord } from '../../lab/results/record';
import { frontierIds, xOf } from '../chart/points';
import { canStart } from '../store/lab';
import { SettingsForm } from './SettingsForm';
import { TextComparison } from './TextComparison';

/** Generates text with the baseline and with one record's codec, from the same prompt and seed. */
export function GeneratePanel({ shown }: { shown: ShownRecords }) {
  // Trained weights are not stored, so only records of the embedded model itself can generate text.
  const records = shown.entries
    .map((e) => e.record)
    .filter((r) => r.role !== 'baseline' && !r.training && !isOfFile(r))
    .filter((r) => r.quality.task === 'perplexity');
  const chosen = useGeneration((s) => s.record);
  const selected = useSelectedEntry(shown)?.record;
  if (records.length === 0) return <NoTexts model={shown.model} />;
  const record =
    records.find((r) => r.id === chosen) ?? (selected?.role === 'baseline' ? undefined : selected);
  return <Panel records={records} record={record ?? smallestOnFrontier(records)} />;
}

/** Says what is needed to generate text. */
function NoTexts({ model }: { model: string }) {
  const { plans } = usePage();
  const isText = plans.names.model(model).task === 'language-model';
  return (
    <section className="panel" aria-labelledby="generate-title">
      <h2 id="generate-title">Same prompt, two models</h2>
      <p className="soft">
        {isText
          ? `No codec of ${model} has been measured that can generate text here. Press Run.`
          : `${model} classifies images. Choose a language model to compare texts.`}
      </p>
    </section>
  );
}

/**
 * Returns the smallest record on the frontier with less than 100 % change, whose text differs visibly and is still
 * readable.
 */
function smallestOnFrontier(records: readonly LabRecord[]): LabRecord {
  const codecs = records.filter((r) => r.role === 'codec');
  const points = (codecs.length > 0 ? codecs : records).map((record) => ({
    id: record.id,
    record,
    x: xOf(record, 'bitsPerWeight'),
  }));
  const best = frontierIds(points);
  const order = points.filter((p) => best.has(p.id)).sort((a, b) => a.x - b.x);
  return (order.find((p) => p.record.quality.deltaPercent < 100) ?? order[0] ?? points[0]).record;
}

function Panel({ records, record }: { records: readonly LabRecord[]; record: LabRecord }) {
  const page = usePage();
  const running = useActivity('generate', 'generate') !== null;
  const free = useLab(canStart);
  return (
    <section className="panel" aria-labelledby="generate-title">
      <div className="panel-head">
        <h2 id="generate-title">Same prompt, two models</h2>
      </div>
      <form
        className="generate"
        onSubmit={(event) => {
          event.preventDefault();
          void startGeneration(page, record);
        }}
      >
        <SettingsForm>
          <RecordChoice records={records} record={record} />
        </SettingsForm>
        {running ? (
          <button type="button" className="primary" onClick={() => stop(page)}>
            Stop
          </button>
        ) : (
          <button type="submit" className="primary" disabled={!free}>
            Generate
          </button>
        )}
      </form>
      <TextComparison view="generate" />
    </section>
  );
}

function RecordChoice({ records, record }: { records: readonly LabRecord[]; record: LabRecord }) {
  const { generation } = usePage();
  return (
    <label className="field">
      <span>Compare with</span>
      <select value={record.id} onChange={(event) => generation.setState({ record: event.target.value })}>
        {records.map((r) => (
          <option key={r.id} value={r.id}>
            {r.codec.spec}
          </option>
        ))}
      </select>
    </label>
  );
}
