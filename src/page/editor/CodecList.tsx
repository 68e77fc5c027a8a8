import { needsCalibration } from '../../codecs/contract/registry';
import { formatCodec } from '../../codecs/contract/spec';
import { usePage, usePlans } from '../app/usePage';
import { MarkerIcon } from '../chart/MarkerIcon';
import { codecStyle } from '../chart/style';
import { codecProblem } from '../plan/draft';
import type { CodecDraft } from '../plan/draft';
import { addCodec, removeCodec, replaceCodec } from '../store/plan';
import { CodecForm } from './CodecForm';
import { CodecMenu } from './CodecMenu';

/** Lists the codecs of the plan with their options, and a menu to add one. */
export function CodecList() {
  const codecs = usePlans((s) => s.draft.codecs);
  return (
    <div className="codec-list">
      <h3>Codecs</h3>
      <ul>
        {codecs.map((codec) => (
          <CodecItem key={codec.key} codec={codec} />
        ))}
      </ul>
      <AddCodec />
    </div>
  );
}

/** Shown beside the codec instead of as an error of the plan, since its other codecs run without calibration. */
const NO_CALIBRATION = {
  message: 'This codec needs calibration data, and the plan has none.',
  remedy: 'Choose a calibration set below.',
};

function CodecItem({ codec }: { codec: CodecDraft }) {
  const { plans } = usePage();
  const hasNoCalibration = usePlans((s) => s.draft.fields.calibration === 'none');
  const problem =
    codecProblem(codec) ?? (hasNoCalibration && needsCalibration(codec) ? NO_CALIBRATION : undefined);
  const { variable, shape } = codecStyle(codec.id);
  return (
    <li className="codec-item">
      <details open={problem !== undefined || undefined}>
        <summary>
          <MarkerIcon shape={shape} variable={variable} />
          <code>{formatCodec(codec)}</code>
        </summary>
        <CodecForm codec={codec} onChange={(next) => replaceCodec(plans, next)} />
        {problem && (
          <p className="problem">
            <strong>{problem.message}</strong> {problem.remedy}
          </p>
        )}
      </details>
      <button
        type="button"
        className="plain"
        aria-label={`Remove ${formatCodec(codec)}`}
        onClick={() => removeCodec(plans, codec.key)}
      >
        ✕
      </button>
    </li>
  );
}

function AddCodec() {
  const { plans } = usePage();
  return (
    <select
      className="add-codec"
      aria-label="Add a codec"
      value=""
      onChange={(event) => event.target.value && addCodec(plans, event.target.value)}
    >
      <option value="">+ Add a codec…</option>
      <CodecMenu />
    </select>
  );
}
