import type { CSSProperties } from 'react';
import { fixed, significant } from '../../base/format';
import type { GeneratedPiece } from '../../lab/generate/text';
import { useGeneration } from '../app/usePage';
import type { SideState, TextView } from '../store/generation';
import { depthOf, divergence, divergenceText, FULL_COLOUR, MARKED } from './tokens';

/**
 * Shows two texts side by side. The text after the first differing token is underlined, and tokens are coloured by the divergence of
 * their distribution from that of the float32 model.
 */
export function TextComparison({ view }: { view: TextView }) {
  const shown = useGeneration((s) => s.texts[view]);
  if (!shown) return null;
  const [left, right] = shown.sides;
  const split = divergence(left.tokens, right.tokens);
  const isMeasured = shown.sides.some(({ tokens }) => tokens.some(isCompared));
  return (
    <>
      <div className="sides">
        {shown.sides.map((side, i) => (
          <GeneratedTextView key={i} prompt={shown.prompt} side={side} split={split} />
        ))}
      </div>
      <p className="soft" role="status">
        {comparisonText(left, right, split)}
      </p>
      {isMeasured && <Legend />}
    </>
  );
}

const isCompared = ({ divergence: nats }: GeneratedPiece): boolean => nats !== undefined;

function comparisonText(left: SideState, right: SideState, split: number): string {
  if (Number.isFinite(split)) return `The texts differ from token ${split + 1} on.`;
  const finished = left.state === 'done' && right.state === 'done';
  return finished && left.tokens.length === right.tokens.length ? 'Both texts are identical.' : '';
}

/** Explains the colours, which the sentence below each text says in numbers. */
function Legend() {
  return (
    <p className="soft kl-legend">
      Colour: KL divergence from float32 of the token’s distribution
      {[0, 0.05, MARKED, 0.5, FULL_COLOUR].map((nats) => (
        <Token key={nats} piece={{ text: String(nats), divergence: nats }} />
      ))}
      nats; dotted from {MARKED} on
    </p>
  );
}

interface TextProps {
  prompt: string;
  side: SideState;
  split: number;
}

function GeneratedTextView({ prompt, side: { title, tokens, tokensPerSecond, state }, split }: TextProps) {
  const rest = tokens.slice(split);
  return (
    <article className="side" aria-busy={state === 'running'}>
      <h3>
        <code>{title}</code>
        {tokensPerSecond !== null && <span className="soft"> {fixed(tokensPerSecond, 1)} tokens/s</span>}
      </h3>
      <p className="generated">
        <span className="soft">{prompt}</span>
        <Tokens tokens={tokens.slice(0, split)} />
        {rest.length > 0 && (
          <ins>
            <Tokens tokens={rest} />
          </ins>
        )}
        {state === 'running' && <span className="caret" aria-hidden="true" />}
        {state === 'waiting' && <span className="soft">Waiting for the other text</span>}
      </p>
      {state === 'done' && <p className="soft kl-text">{divergenceText(tokens)}</p>}
    </article>
  );
}

function Tokens({ tokens }: { tokens: readonly GeneratedPiece[] }) {
  if (!tokens.some(isCompared)) return tokens.map(({ text }) => text).join('');
  return tokens.map((piece, i) => <Token key={i} piece={piece} />);
}

function Token({ piece: { text, divergence: nats = 0 } }: { piece: GeneratedPiece }) {
  const style = { '--depth': depthOf(nats) } as CSSProperties;
  return (
    <span
      className={nats >= MARKED ? 'kl-token kl-marked' : 'kl-token'}
      style={style}
      title={`KL ${significant(nats)} nats`}
    >
      {text}
    </span>
  );
}
