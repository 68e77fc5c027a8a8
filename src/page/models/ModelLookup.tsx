import { useId, useState } from 'react';
import { isHubId } from '../../models/hub/origin';
import { useModels, usePage } from '../app/usePage';
import { chooseHubModel, cancelLookup } from './commands';

/** Looks up a model of the hub by its name, with an access token for private models. */
export function ModelLookup() {
  const page = usePage();
  const id = useId();
  const [name, setName] = useState('');
  const [looking, setLooking] = useState(false);
  const wrong = name.trim() !== '' && !isHubId(name.trim());
  const look = async (): Promise<void> => {
    setLooking(true);
    await chooseHubModel(page, name.trim());
    setLooking(false);
  };
  return (
    <form
      className="other-model"
      onSubmit={(event) => {
        event.preventDefault();
        void look();
      }}
    >
      <div className="field">
        <label htmlFor={id}>
          Another model, <span className="soft">owner/name, or owner/name@revision</span>
        </label>
        <input
          id={id}
          value={name}
          autoComplete="off"
          spellCheck={false}
          placeholder="owner/name"
          aria-invalid={wrong}
          aria-describedby={`${id}-problem`}
          onChange={(event) => setName(event.target.value)}
        />
        <p id={`${id}-problem`} className="problem">
          {wrong && 'This is not the name of a model. Write owner/name, as in the address of its page.'}
        </p>
      </div>
      {looking ? (
        <button type="button" className="small" onClick={() => cancelLookup(page)}>
          Cancel
        </button>
      ) : (
        <button type="submit" className="small" disabled={wrong || name.trim() === ''}>
          Look up
        </button>
      )}
      <Token />
    </form>
  );
}

function Token() {
  const { models } = usePage();
  const id = useId();
  const token = useModels((s) => s.token);
  return (
    <details className="token">
      <summary>Private or gated model</summary>
      <div className="field">
        <label htmlFor={id}>
          Access token{' '}
          <span className="soft">kept in memory until you leave the page, and sent only to the hub</span>
        </label>
        <input
          id={id}
          type="password"
          autoComplete="off"
          value={token}
          onChange={(event) => models.setState({ token: event.target.value.trim() })}
        />
      </div>
    </details>
  );
}
