import { significant } from '../../base/format';
import type { SuperWeight } from '../../lab/inspect/sensitivity';
import { useActivity, usePage, usePlans } from '../app/usePage';
import { SettingsForm } from '../generate/SettingsForm';
import { TextComparison } from '../generate/TextComparison';
import { Term } from '../glossary/Term';
import { useCanRun } from '../measure/useCanRun';
import { setValues } from '../store/values';
import { ActivityStatus } from '../widgets/ActivityStatus';
import { startSensitivity, writeWithout } from './commands';
import { useSensitivity } from './useSensitivity';

/** Measures which tensors and which weight the predictions depend on most, and writes a text without that weight. */
export function SuperWeightSection({ codec }: { codec: string }) {
  const page = usePage();
  const measured = useSensitivity(codec);
  const measuring = useActivity('sensitivity');
  const free = useCanRun();
  return (
    <section aria-labelledby="super-title">
      <h3 id="super-title">
        Sensitivity and the <Term id="super-weight">super weight</Term>
      </h3>
      <p className="soft">
        Each compressed matrix replaces its original alone, and then the weight with the largest |w| · max |x|
        of each is set to zero alone. What the predictions lose is the mean KL divergence on calibration data.
      </p>
      {measuring ? (
        <ActivityStatus activity={measuring} />
      ) : (
        <button
          type="button"
          className="small"
          disabled={!free}
          onClick={() => void startSensitivity(page, codec)}
        >
          {measured ? 'Measure again' : 'Measure the sensitivity'}
        </button>
      )}
      {measured && (
        <>
          <p role="status">
            The most harmful of {measured.candidates} weights that were removed is at row{' '}
            {measured.superWeight.row}, column {measured.superWeight.column} of{' '}
            <code>{measured.superWeight.tensor}</code>: {significant(measured.superWeight.value)}. Without it
            the predictions lose {significant(measured.superWeight.divergence)} nats, measured on{' '}
            {measured.samples} samples.{' '}
            <button
              type="button"
              className="small"
              onClick={() => setValues(page.values.inspect, placeOf(measured.superWeight))}
            >
              Show this weight
            </button>
          </p>
          <TextsWithout codec={codec} superWeight={measured.superWeight} />
        </>
      )}
    </section>
  );
}

function placeOf({ tensor, row, column }: SuperWeight): Record<string, string> {
  return { tensor, row: String(row), column: String(column) };
}

function TextsWithout({ codec, superWeight }: { codec: string; superWeight: SuperWeight }) {
  const page = usePage();
  const isText = usePlans((s) => page.plans.names.model(s.plan.model).task === 'language-model');
  const activity = useActivity('generate', 'inspect');
  const free = useCanRun();
  if (!isText) return null;
  return (
    <>
      <form
        className="generate"
        onSubmit={(event) => {
          event.preventDefault();
          void writeWithout(page, codec, superWeight);
        }}
      >
        <SettingsForm />
        {activity ? (
          <ActivityStatus activity={activity} />
        ) : (
          <button type="submit" className="primary" disabled={!free}>
            Write with and without it
          </button>
        )}
      </form>
      <TextComparison view="inspect" />
    </>
  );
}
