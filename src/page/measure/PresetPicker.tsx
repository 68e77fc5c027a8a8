import { usePage, useActivity, usePlans, useView } from '../app/usePage';
import type { PresetName } from '../../lab/plan/presets';
import { choosePreset } from '../store/plan';

type Choice = PresetName | 'custom';

const CHOICES: readonly { id: Choice; label: string; title: string }[] = [
  { id: 'quick', label: 'Quick', title: 'A first curve in a short time, with too little data for verdicts' },
  { id: 'default', label: 'Standard', title: 'Enough data for verdicts' },
  { id: 'custom', label: 'Custom', title: 'Choose codecs, data and protocol' },
];

export function PresetPicker() {
  const { plans, view } = usePage();
  const preset = usePlans((s) => s.draft.preset);
  const custom = usePlans((s) => s.custom);
  const open = useView((s) => s.editorOpen);
  const running = useActivity('run') !== null;
  const chosen: Choice = custom || open ? 'custom' : preset;
  const choose = (choice: Choice): void => {
    view.setState({ editorOpen: choice === 'custom' });
    if (choice !== 'custom') choosePreset(plans, choice);
  };
  return (
    <fieldset className="presets" disabled={running}>
      <legend>Plan</legend>
      <div className="segments">
        {CHOICES.map(({ id, label, title }) => (
          <label key={id} title={title}>
            <input
              type="radio"
              name="preset"
              value={id}
              checked={chosen === id}
              onChange={() => choose(id)}
              onClick={() => id === 'custom' && view.setState({ editorOpen: true })}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
