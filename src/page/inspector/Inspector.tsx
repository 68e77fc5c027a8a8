import { bytes, duration, fixed, grouped, significant, withInterval } from '../../lab/format';
import type { LabRecord } from '../../lab/record';
import { usePage } from '../app/usePage';
import { Flags } from '../table/Flags';
import { verdictSentence } from '../table/verdict';
import type { Entry } from '../store/recordsStore';
import { LayerTable } from './LayerTable';
import { PartsBar } from './PartsBar';
import { SampleStrip } from './SampleStrip';

/** Everything a record says beyond its row: where its bytes go, every sample, every layer, who measured. */
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
      <Facts record={record} />
      <LayerTable record={record} />
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

function Facts({ record }: { record: LabRecord }) {
  const { speed, quality: q, environment: env, verification, error } = record;
  const facts: [string, string | undefined][] = [
    ['Scope', `${record.scope}, rest ${record.rest}`],
    ['KL median, 99th pct.', pair(q.klMedian, q.klP99)],
    ['Bits per byte', optional(q.bitsPerByte)],
    ['Token accuracy', q.tokenAccuracy === undefined ? undefined : `${fixed(100 * q.tokenAccuracy, 1)} %`],
    ['‖W−Ŵ‖ ÷ ‖W‖', optional(error?.relativeL2)],
    ['Signal to noise', typeof error?.sqnrDb === 'number' ? `${fixed(error.sqnrDb, 1)} dB` : undefined],
    ['Decode', speed.decodeMs === undefined ? undefined : `${significant(speed.decodeMs)} ms`],
    ['GPU memory, peak', bytes(speed.peakGpuBytes)],
    ['Codes', codesWord(verification.gpuMatchesReference)],
    ['Packed path |ΔNLL|', optional(verification.packedDeltaNll)],
    ['Measured', `${new Date(record.startedAt).toLocaleString()}, ${duration(record.durationMs)}`],
    ['On', `${env.adapter}, ${env.runtime}`],
    ['By', `Bitcurve ${env.version} (${env.commit})`],
    ['Artefact', record.artefactSha256 && `sha256 ${record.artefactSha256.slice(0, 12)}…`],
    ['Tokenizer in the file', `${grouped(record.size.assetBytes)} bytes, not counted`],
  ];
  return (
    <details className="layers">
      <summary>All figures</summary>
      <dl className="facts">
        {facts.map(
          ([term, text]) =>
            text !== undefined && (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{text}</dd>
              </div>
            ),
        )}
      </dl>
    </details>
  );
}

function optional(value: number | undefined): string | undefined {
  return value === undefined ? undefined : significant(value);
}

function pair(a: number | undefined, b: number | undefined): string | undefined {
  return a === undefined || b === undefined ? undefined : `${significant(a)}, ${significant(b)}`;
}

function codesWord(matches: boolean | null): string | undefined {
  if (matches === null) return undefined;
  return matches ? 'GPU equals reference' : 'GPU differs from reference';
}
