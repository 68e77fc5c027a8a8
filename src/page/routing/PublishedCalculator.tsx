import { useState } from 'react';
import { fixed, grouped } from '../../base/format';
import {
  classifyPrompt,
  CLASSIFIER_REVISIONS,
  countWords,
  DEFAULT_MAX_TOKENS,
} from '../../lab/routing/published/classes';
import { recommend } from '../../lab/routing/published/recommend';
import {
  ASSUMED_SAVING,
  ASSUMPTIONS_NOTE,
  assumedSavings,
  EXAMPLE_ASSUMPTIONS,
  type SavingsAssumptions,
} from '../../lab/routing/published/savings';

const FIELDS: readonly { key: keyof SavingsAssumptions; label: string; max: number }[] = [
  { key: 'requestsPerDay', label: 'Requests a day', max: 1e12 },
  { key: 'dollarsPerRequest', label: 'Dollars a request', max: 1e6 },
  { key: 'optimisationRate', label: 'Share for a smaller model', max: 1 },
];

/** Repeats the arithmetic of a published router, which follows from assumptions alone. */
export function PublishedCalculator() {
  const [prompt, setPrompt] = useState('What is the capital of France?');
  const [texts, setTexts] = useState(() =>
    Object.fromEntries(FIELDS.map(({ key }) => [key, String(EXAMPLE_ASSUMPTIONS[key])])),
  );
  const values = FIELDS.map(({ key, max }) => numberOf(texts[key], max));
  const [requestsPerDay, dollarsPerRequest, optimisationRate] = values;
  return (
    <details className="layers routing-calculator">
      <summary>A published router’s arithmetic on assumptions, not measured</summary>
      <p className="soft">{ASSUMPTIONS_NOTE}</p>
      <div className="routing-form">
        <label className="field">
          <span>Prompt</span>
          <input value={prompt} onChange={(event) => setPrompt(event.target.value)} />
        </label>
        {FIELDS.map(({ key, label }) => (
          <label className="field" key={key}>
            <span>{label}</span>
            <input
              inputMode="decimal"
              value={texts[key]}
              onChange={(event) => setTexts({ ...texts, [key]: event.target.value })}
            />
          </label>
        ))}
      </div>
      <dl aria-live="polite">
        <PromptLines prompt={prompt} />
        {values.every(Number.isFinite) ? (
          <SavingsLines assumptions={{ requestsPerDay, dollarsPerRequest, optimisationRate }} />
        ) : (
          <>
            <dt>Assumed saving</dt>
            <dd>Write numbers that are not negative; the share is at most 1.</dd>
          </>
        )}
      </dl>
    </details>
  );
}

function PromptLines({ prompt }: { prompt: string }) {
  const lengths = { prompt: countWords(prompt), maxTokens: DEFAULT_MAX_TOKENS, context: 0 };
  const classes = CLASSIFIER_REVISIONS.map(
    (revision) => `${classifyPrompt(lengths, revision)} (${revision} thresholds)`,
  );
  const { chosen } = recommend(prompt);
  return (
    <>
      <dt>Class by length</dt>
      <dd>{`${classes.join(', ')}: ${lengths.prompt} words, ${DEFAULT_MAX_TOKENS} tokens to generate`}</dd>
      <dt>Recommended</dt>
      <dd>
        {`${chosen!.model} on ${chosen!.hardware}, $${fixed(chosen!.dollarsPerMillionTokens, 2)} per million tokens, whatever the class`}
      </dd>
    </>
  );
}

function SavingsLines({ assumptions }: { assumptions: SavingsAssumptions }) {
  const { annualDollars, savedAnnually, savedMonthly, savedShare } = assumedSavings(assumptions);
  return (
    <>
      <dt>Annual cost</dt>
      <dd>{`$${grouped(annualDollars)}`}</dd>
      <dt>Assumed saving</dt>
      <dd>
        {`$${grouped(savedAnnually)} a year, $${grouped(savedMonthly)} a month: ${fixed(100 * savedShare, 1)} %, the share above times an assumed ${fixed(100 * ASSUMED_SAVING, 0)} %`}
      </dd>
    </>
  );
}

function numberOf(text: string, max: number): number {
  const value = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : NaN;
  return value <= max ? value : NaN;
}
