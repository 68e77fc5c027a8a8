import { browserName } from '../../platform/browser/browserName';
import { wrongAdapterText } from '../../lab/selfCheck/report';
import { COMPUTE_CHOICES, type ComputeChoice } from '../../lab/compute';
import { useLab, usePage } from '../app/usePage';
import { canStart } from '../store/lab';
import { chooseCompute } from './commands';
import { Term } from '../glossary/Term';
import { adapterTitle, deviceFacts } from './deviceFacts';

const NO_ADAPTER =
  'There is no WebGPU adapter, so the CPU compresses and measures; training, packed products and benchmarks of the GPU need one.';

const COMPUTE_WITH_ADAPTER = 'What runs models; compression uses the adapter in any case';
const COMPUTE_WITHOUT_ADAPTER =
  'What runs models; the CPU also compresses, since the adapter computes wrongly';

/** Shows the adapter and its features, or what computes without one, or why nothing can be computed. */
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
  if (device === 'none')
    return (
      <p className="device soft" role="status" aria-label="Device">
        {NO_ADAPTER}
      </p>
    );
  return (
    <>
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
        <ComputeChooser software={device.info.software} />
      </p>
      <WrongAdapter />
    </>
  );
}

/** Says that the adapter computes wrongly, if it does. */
function WrongAdapter() {
  const check = useLab((s) => s.selfCheck);
  if (!check || check.agrees) return null;
  return (
    <div className="blocked" role="alert" data-code="wrong-adapter">
      <strong>{wrongAdapterText(check, browserName(navigator))}</strong> Models are measured on the CPU.
      Update the browser or the graphics driver.
    </div>
  );
}

/** Chooses what runs models when they are measured: this adapter or the CPU. */
function ComputeChooser({ software }: { software: boolean }) {
  const page = usePage();
  const compute = useLab((s) => s.compute);
  const isWrong = useLab((s) => s.selfCheck?.agrees === false);
  const free = useLab(canStart);
  const names: Record<ComputeChoice, string> = {
    auto: `automatically (${software || isWrong ? 'CPU' : 'GPU'})`,
    gpu: 'on this adapter',
    cpu: 'on the CPU',
  };
  return (
    <label className="compute" title={isWrong ? COMPUTE_WITHOUT_ADAPTER : COMPUTE_WITH_ADAPTER}>
      Measure{' '}
      <select
        value={compute}
        disabled={!free}
        onChange={(event) => chooseCompute(page, event.target.value as ComputeChoice)}
      >
        {COMPUTE_CHOICES.map((choice) => (
          <option key={choice} value={choice}>
            {names[choice]}
          </option>
        ))}
      </select>
    </label>
  );
}
