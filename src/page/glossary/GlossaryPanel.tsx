import { useEffect } from 'react';
import { GLOSSARY } from './glossary';

/** Lists all terms. An address such as `#term=perplexity` shows that term. */
export function GlossaryPanel() {
  useEffect(() => {
    const showTerm = (): void =>
      document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: 'center' });
    showTerm();
    addEventListener('hashchange', showTerm);
    return () => removeEventListener('hashchange', showTerm);
  }, []);
  const entries = Object.entries(GLOSSARY).sort(([, a], [, b]) => a.term.localeCompare(b.term));
  return (
    <section className="panel" aria-labelledby="glossary-title">
      <h2 id="glossary-title">Glossary</h2>
      <dl className="glossary">
        {entries.map(([id, { term, definition }]) => (
          <div key={id} id={`term=${id}`}>
            <dt>
              <a href={`#term=${id}`}>{term}</a>
            </dt>
            <dd>{definition}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
