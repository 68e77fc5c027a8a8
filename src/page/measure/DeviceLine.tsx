import { browserName } from '../../platform/browser/browserName';
import { useLab } from '../app/usePage';
import { Term } from '../glossary/Term';
import { adapterTitle, deviceFacts } from './deviceFacts';

/** Shows the adapter and its features, or why nothing can be computed. */
export function DeviceLine() {
  const device = useLab((s) => s.device);
  const blocked = useLab((s) => s.blocked);
  if (blocked)
    return (
      <div className="blocked" role="alert" data-code={blocked.code}>
        <strong>{blocked.message}</strong> {blocked.remedy}
      </div>
    );
  if (!device) return <p className="device soft">Requesting a graphics adapter…</p>;
  return (
    <p className="device" aria-label="Device" title={device.info.description || undefined}>
      <Term id="adapter">
        <span className="device-name">{adapterTitle(device)}</span>
      </Term>
      {deviceFacts(device).map(({ label, supported, title }) => (
        <span key={label} className={supported === false ? 'fact lacking' : 'fact'} title={title}>
          {supported !== undefined && <span aria-hidden="true">{supported ? '✓ ' : '✗ '}</span>}
          {supported === false && <span className="visually-hidden">no </span>}
          {label}
        </span>
      ))}
      <span className="fact">{browserName(navigator)}</span>
    </p>
  );
}
