import { grouped, significant } from '../../base/format';
import { encoderUses, gainText } from '../../delta/report';
import { useActivity, useDelta, useLab, useModels, useModelsLike, usePage, usePlans } from '../app/usePage';
import { canRunPlan } from '../measure/commands';
import { canStart } from '../store/lab';
import type { PageDelta } from '../store/delta';
import { ActivityStatus } from '../widgets/ActivityStatus';
import { Choice } from '../widgets/Choice';
import { downloadDelta, measureMade, startDelta } from './commands';

/** Chooses a base and a fine-tuned model among those that are open, and makes the delta between them. */
export function MakeDelta() {
  const made = useDelta((s) => s.made);
  return (
    <section className="delta-maker" aria-labelledby="delta-maker-title">
      <h3 id="delta-maker-title">Make a delta</h3>
      <p>
        Each tensor is stored in the way that takes the fewest bytes. Open a model of your own under{' '}
        <b>More models…</b> first; nothing leaves this device.
      </p>
      <DeltaForm />
      {made && <DeltaOutcome made={made} />}
    </section>
  );
}

const KEPT = ['every bit', 'values within an error'] as const;

function DeltaForm() {
  const page = usePage();
  const { delta } = page;
  const state = useDelta((s) => s);
  const plan = usePlans((s) => s.plan);
  const free = useLab(canStart);
  const activity = useActivity('makeDelta');
  const tuned = state.tuned ?? plan.model;
  const models = useModelsLike(tuned);
  const bases = models.filter((name) => name !== tuned);
  const base = [state.base, plan.base, bases[0]].find((name) => name && bases.includes(name)) ?? '';
  return (
    <form
      className="delta-form"
      onSubmit={(event) => {
        event.preventDefault();
        void startDelta(page, base, tuned);
      }}
    >
      <Choice
        label="Fine-tuned model"
        value={tuned}
        values={models}
        choose={(name) => delta.setState({ tuned: name })}
      />
      <Choice
        label="Base of the delta"
        value={base}
        values={bases}
        choose={(name) => delta.setState({ base: name })}
      />
      <Choice
        label="Keep"
        value={KEPT[state.exact ? 0 : 1]}
        values={KEPT}
        choose={(kept) => delta.setState({ exact: kept === KEPT[0] })}
      />
      {!state.exact && (
        <label className="field">
          <span>
            Largest error <span className="soft">of the difference of a tensor</span>
          </span>
          <input
            inputMode="decimal"
            value={state.maxError}
            onChange={(event) => delta.setState({ maxError: event.target.value })}
          />
        </label>
      )}
      {activity ? (
        <ActivityStatus activity={activity} />
      ) : (
        <button type="submit" className="primary" disabled={!free || base === ''}>
          Make the delta
        </button>
      )}
    </form>
  );
}

function DeltaOutcome({ made }: { made: PageDelta }) {
  const page = usePage();
  const model = usePlans((s) => s.plan.model);
  // Whether the plan can run depends on the state of the lab and of the downloads.
  useLab((s) => s.activity);
  useModels((s) => s.download);
  const { bytes, description, tensors, base, tuned, name } = made;
  const isMeasurable = model === tuned && canRunPlan(page);
  return (
    <>
      <p role="status">
        <b>{name}</b>, from {base} to {tuned}: {gainText(bytes, description.tuned.bytes)}.{' '}
        {description.exact
          ? 'Every bit is restored.'
          : 'Errors are relative to the difference of the tensor.'}
      </p>
      <EncoderTable tensors={tensors} />
      <div className="tools">
        <button type="button" className="small" onClick={() => downloadDelta(made)}>
          Download
        </button>
        <button
          type="button"
          className="small"
          disabled={!isMeasurable}
          title={isMeasurable ? undefined : `Choose ${tuned} in the plan, and wait until the lab is free`}
          onClick={() => void measureMade(page, made)}
        >
          Measure what it restores
        </button>
      </div>
    </>
  );
}

function EncoderTable({ tensors }: Pick<PageDelta, 'tensors'>) {
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label="Encoders of the delta">
      <table>
        <thead>
          <tr>
            <th scope="col">Encoder</th>
            {['Tensors', 'Bytes of the tensors', 'Bytes of the delta', 'Largest error'].map((title) => (
              <th key={title} scope="col" className="numeric">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {encoderUses(tensors).map((use) => (
            <tr key={use.encoder}>
              <th scope="row">{use.encoder}</th>
              <td className="numeric">{grouped(use.tensors)}</td>
              <td className="numeric">{grouped(use.tensorBytes)}</td>
              <td className="numeric">{grouped(use.bytes)}</td>
              <td className="numeric">{use.maxError === 0 ? 'exact' : significant(use.maxError)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
