import { usePage, useView } from '../app/usePage';
import { cycleTheme } from '../store/view';

const THEME_LABELS = { system: 'Auto', light: 'Light', dark: 'Dark' } as const;

export function Header() {
  const { view } = usePage();
  const theme = useView((s) => s.theme);
  return (
    <header className="top">
      <a className="brand" href="./">
        <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
          <path className="brand-axis" d="M4 4v24h24" />
          <path className="brand-curve" d="M8 6c1 13 6 17 20 18" />
          <circle className="brand-dot" cx="11.2" cy="16.6" r="3" />
        </svg>
        <h1>Bitcurve</h1>
      </a>
      <p className="tagline">How far can a model be compressed? Measured on your device.</p>
      <div className="top-tools">
        <button
          type="button"
          className="small"
          onClick={() => cycleTheme(view)}
          aria-label={`Theme: ${THEME_LABELS[theme]}`}
        >
          {THEME_LABELS[theme]}
        </button>
        <button
          type="button"
          className="small"
          aria-label="Keyboard shortcuts"
          onClick={() => view.setState({ shortcutsOpen: true })}
        >
          ?
        </button>
      </div>
    </header>
  );
}
