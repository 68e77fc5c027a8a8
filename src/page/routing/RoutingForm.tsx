import { useActivity, useLab, usePage, usePlans, useRouting } from '../app/usePage';
import { canStart } from '../store/lab';
import { ActivityStatus } from '../widgets/ActivityStatus';
import { chosenVariants, startRouting, variantChoices } from './commands';
import { Choice } from '../widgets/Choice';

/** Chooses the two variants and the wanted quality, and starts the measurement. */
export function RoutingForm() {
  const page = usePage();
  const { routing } = page;
  const plan = usePlans((s) => s.plan);
  const state = useRouting((s) => s);
  const free = useLab(canStart);
  const activity = useActivity('route');
  const choices = variantChoices(plan);
  const chosen = chosenVariants(plan, state);
  return (
    <form
      className="routing-form"
      onSubmit={(event) => {
        event.preventDefault();
        void startRouting(page);
      }}
    >
      <Choice
        label={`Small variant of ${plan.model}`}
        value={chosen.small}
        values={choices.small}
        choose={(small) => routing.setState({ small })}
      />
      <Choice
        label="Large variant"
        value={chosen.large}
        values={choices.large}
        choose={(large) => routing.setState({ large })}
      />
      <label className="field">
        <span>
          Wanted quality <span className="soft">% above the large one</span>
        </span>
        <input
          inputMode="decimal"
          value={state.maxIncrease}
          onChange={(event) => routing.setState({ maxIncrease: event.target.value })}
        />
      </label>
      {activity ? (
        <ActivityStatus activity={activity} />
      ) : (
        <button type="submit" className="primary" disabled={!free}>
          Measure routing
        </button>
      )}
    </form>
  );
}
