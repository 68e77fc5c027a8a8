import { useState } from 'react';
import { useActivity, usePlans, useRouting } from '../app/usePage';
import { EMBEDDED_MODELS } from '../../lab/plan/presets';
import { PublishedCalculator } from './PublishedCalculator';
import { RoutingForm } from './RoutingForm';
import { RoutingResult } from './RoutingResult';
import './routing.css';

/** Measures a cascade of two codecs of the plan's model. It is loaded after the first screen. */
export function RoutingPanel() {
  const running = useActivity('route') !== null;
  const [opened, setOpened] = useState(false);
  return (
    <details
      className="panel fold"
      open={opened || running}
      onToggle={(event) => setOpened(event.currentTarget.open)}
    >
      <summary>
        <h2 id="routing-title">Routing</h2>{' '}
        <span className="soft">
          {running ? 'Running' : 'A small model answers, and a large one where it is uncertain'}
        </span>
      </summary>
      {(opened || running) && <RoutingBody />}
    </details>
  );
}

function RoutingBody() {
  const model = usePlans((s) => s.plan.model);
  const cascade = useRouting((s) => s.cascade);
  const isText = EMBEDDED_MODELS.get(model) !== 'image-classification';
  return (
    <section className="routing-body" aria-labelledby="routing-title">
      {isText ? (
        <RoutingForm />
      ) : (
        <p className="soft">
          {model} classifies images. Routing is measured on the answers of language models: choose one in the
          plan.
        </p>
      )}
      {cascade && <RoutingResult cascade={cascade} />}
      <PublishedCalculator />
    </section>
  );
}
