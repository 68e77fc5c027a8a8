import type { Inspection } from '../../lab/inspect/inspect';
import { bytes } from '../../base/format';
import { useActivity, usePage, usePlans, useValues } from '../app/usePage';
import { CodecChoice } from '../editor/CodecChoice';
import { useCanRun } from '../measure/useCanRun';
import { problemOf } from '../plan/draft';
import { draftOfCodec } from '../plan/codecText';
import { setValue, setValues } from '../store/values';
import { ActivityStatus } from '../widgets/ActivityStatus';
import { CopyLink } from '../widgets/CopyLink';
import { ProblemText } from '../widgets/ProblemText';
import { askedOf, inspectRequest, INSPECT_DEFAULTS, type Asked } from './asked';
import { showFile } from './commands';
import { FileMap } from './FileMap';
import { SuperWeightSection } from './SuperWeightSection';
import { TensorSection } from './TensorSection';
import { useInspection } from './useInspection';
import './inspect.css';

/** Shows what the bytes of a compressed model hold: its tensors by size and error, the weights of one, and one weight. */
export function InspectPanel() {
  const { inspect } = usePage().values;
  const plan = usePlans((s) => s.plan);
  const values = useValues('inspect');
  const problem = problemOf(() => inspectRequest(plan, askedOf(values)));
  const codec = values.codec ?? INSPECT_DEFAULTS.codec;
  const isReadable = 'draft' in draftOfCodec(codec);
  return (
    <section className="panel inspect" aria-labelledby="inspect-title">
      <div className="panel-head">
        <h2 id="inspect-title">Inspect {plan.model}</h2>
        <CopyLink disabled={problem !== undefined} />
      </div>
      <CodecChoice
        label="Codec"
        value={codec}
        onChange={(next) => setValue(inspect, 'codec', next, INSPECT_DEFAULTS.codec)}
      />
      {problem ? (
        <>
          <ProblemText problem={problem} />
          <button type="button" className="small" onClick={() => setValues(inspect, NOTHING_ASKED)}>
            Show the default
          </button>
        </>
      ) : (
        isReadable && <InspectedFile asked={askedOf(values)} />
      )}
    </section>
  );
}

const NOTHING_ASKED = Object.fromEntries(Object.keys(INSPECT_DEFAULTS).map((key) => [key, undefined]));

function InspectedFile({ asked }: { asked: Asked }) {
  const page = usePage();
  const plan = usePlans((s) => s.plan);
  const request = inspectRequest(plan, asked);
  const { found, isPresent, problem, waits } = useInspection(request);
  const activity = useActivity('inspectFile');
  const free = useCanRun();
  return (
    <>
      {activity && !isPresent && <ActivityStatus activity={{ ...activity, step: 'Compressing…' }} />}
      {(waits || problem) && !activity && (
        <button
          type="button"
          className="primary"
          disabled={!free}
          onClick={() => void showFile(page, request)}
        >
          Show
        </button>
      )}
      {problem && <ProblemText problem={problem} />}
      {found && <FileView found={found} asked={asked} isPresent={isPresent} />}
    </>
  );
}

interface FileViewProps {
  found: Inspection;
  asked: Asked;
  isPresent: boolean;
}

function FileView({ found, asked, isPresent }: FileViewProps) {
  return (
    <div className={isPresent ? undefined : 'is-stale'} aria-busy={!isPresent}>
      <p role="status">
        <code>{found.codec}</code>: {bytes(found.bytes)} in {found.tensors.length} tensors, read from the
        bytes of the file
      </p>
      <FileMap found={found} asked={asked} />
      <TensorSection found={found} asked={asked} />
      <SuperWeightSection codec={found.codec} />
    </div>
  );
}
