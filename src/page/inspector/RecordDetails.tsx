import { bytes, duration, fixed, grouped, significant } from '../../base/format';
import { fileLossText } from '../../codecs/contract/assigner';
import { latencyText } from '../../lab/results/recordText';
import type { LabRecord } from '../../lab/results/record';
import { labelOf } from '../records/codecLabel';
import type { Entry } from '../store/records';
import { Downloads } from './Downloads';
import { LayerTable } from './LayerTable';
import { lazyComponent } from '../widgets/lazyComponent';
import { Verification } from './Verification';

const TaskResults = lazyComponent(() => import('../tasks/TaskResults').then((m) => m.TaskResults));

/** Shows the verification, the files and all figures of a record, across the whole width of the panel. */
export function RecordDetails({ entry }: { entry: Entry }) {
  const { record } = entry;
  return (
    <section className="record-details" aria-label={`Figures of ${record.codec.spec}`}>
      <Verification entry={entry} />
      <Downloads entry={entry} />
      {record.tasks && <TaskResults tasks={record.tasks} />}
      <Facts record={record} />
      <LayerTable record={record} />
    </section>
  );
}

function Facts({ record }: { record: LabRecord }) {
  const { speed, quality: q, environment: env, verification, error } = record;
  const facts: [string, string | undefined][] = [
    ['Scope', `${record.scope}, rest ${record.rest}`],
    ['KL median, 99th percentile', pair(q.klMedian, q.klP99)],
    ['Bits per byte', optional(q.bitsPerByte)],
    ['Token accuracy', q.tokenAccuracy === undefined ? undefined : `${fixed(100 * q.tokenAccuracy, 1)} %`],
    ['‖W−Ŵ‖ ÷ ‖W‖', optional(error?.relativeL2)],
    ['Signal-to-noise ratio', typeof error?.sqnrDb === 'number' ? `${fixed(error.sqnrDb, 1)} dB` : undefined],
    ['Training', trainedText(record)],
    ['Calibration', calibratedOn(record)],
    ['Loss of the file chosen', validationText(record)],
    ['Value of each draw', drawValues(record)],
    ['Codecs chosen', chosenCodecs(record)],
    ['Calibration and encoding time', encodeTimes(speed)],
    ['Decoding time', speed.decodeMs === undefined ? undefined : `${significant(speed.decodeMs)} ms`],
    ['Peak GPU memory', bytes(speed.peakGpuBytes)],
    ['Generated tokens per second', optional(speed.decodeTokensPerSecond?.median)],
    [
      `Latency per ${q.task === 'perplexity' ? 'token' : 'image'}, p50 / p95 / p99 (n)`,
      speed.latency && `${latencyText(speed.latency)} ms`,
    ],
    [
      q.task === 'perplexity' ? 'GPU memory to generate' : 'GPU memory to classify',
      speed.latency?.gpuBytes === undefined ? undefined : bytes(speed.latency.gpuBytes),
    ],
    ['Packed kernels, |ΔNLL|', optional(verification.packedDeltaNll)],
    ['Measured', `${new Date(record.startedAt).toLocaleString()}, ${duration(record.durationMs)}`],
    ['Device', `${env.adapter}, ${env.runtime}`],
    ['Self-check of the adapter', selfCheckText(env)],
    ['Version', `Bitcurve ${env.version} (${env.commit})`],
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

/**
 * Returns the calibration of a record: "tinystories-calibration (sha256 …), 8 windows of 128 tokens, 3 draws, seeds
 * 1, 2, 3".
 */
function calibratedOn({ codec: { calibration: c } }: LabRecord): string | undefined {
  if (!c) return undefined;
  const amount =
    c.context === undefined ? `${c.windows} images` : `${c.windows} windows of ${c.context} tokens`;
  const draws = c.seeds.length > 1 ? `${c.seeds.length} draws, seeds` : 'one draw, seed';
  return `${c.dataset} (sha256 ${c.sha256.slice(0, 12)}…), ${amount}, ${draws} ${c.seeds.join(', ')}`;
}

/**
 * Returns the training of a record: "qat, 200 steps of 4 × 256 on tinystories-training (sha256 …)", learning rate,
 * optimiser and so on.
 */
function trainedText({ training: t }: LabRecord): string | undefined {
  if (!t) return undefined;
  const batch = t.length === undefined ? `${t.batch}` : `${t.batch} × ${t.length}`;
  return [
    `${t.kind}, ${t.steps} steps of ${batch} on ${t.dataset} (sha256 ${t.datasetSha256.slice(0, 12)}…)`,
    `learning rate ${t.learningRate}, ${t.optimiser}, seed ${t.seed}`,
    ...(t.quantiser ? [t.quantiser] : []),
    ...(t.distillation
      ? [`distilled: ${t.distillation.weight} of the loss at temperature ${t.distillation.temperature}`]
      : []),
  ].join('\n');
}

/** Returns what a file that was chosen for its loss loses on data of the calibration set that calibrated nothing. */
function validationText({ codec: { calibration } }: LabRecord): string | undefined {
  const { validation, dataset } = calibration ?? {};
  return validation && `${fileLossText(validation)} of ${dataset} that calibrated nothing`;
}

/** Returns the perplexity or accuracy of each calibration draw if there were several. */
function drawValues({ codec: { calibration }, quality: q }: LabRecord): string | undefined {
  const values = calibration?.values ?? [];
  if (values.length < 2) return undefined;
  const unit = q.task === 'image-accuracy' ? 100 : 1;
  return values.map((value) => significant(unit * value, 5)).join(', ');
}

/** Returns the number of matrices with each codec if the model mixes several. */
function chosenCodecs({ error }: LabRecord): string | undefined {
  const counts = new Map<string, number>();
  for (const { codec } of error?.layers ?? []) counts.set(codec, (counts.get(codec) ?? 0) + 1);
  if (counts.size < 2) return undefined;
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return sorted.map(([codec, times]) => `${times} × ${labelOf(codec)}`).join('\n');
}

function encodeTimes({ encodeMs, calibrateMs }: LabRecord['speed']): string | undefined {
  if (calibrateMs === undefined || encodeMs === undefined) return undefined;
  return `${significant(calibrateMs)} ms, ${significant(encodeMs)} ms`;
}

function selfCheckText({ selfCheck }: LabRecord['environment']): string | undefined {
  if (!selfCheck) return undefined;
  const { value, agrees } = selfCheck;
  const found = value === null ? 'not a number' : `log-probabilities differ by ${significant(value)} nats`;
  return `${agrees ? 'passed' : 'failed'}: ${found}`;
}

function optional(value: number | undefined): string | undefined {
  return value === undefined ? undefined : significant(value);
}

function pair(a: number | undefined, b: number | undefined): string | undefined {
  return a === undefined || b === undefined ? undefined : `${significant(a)}, ${significant(b)}`;
}
