import { describeFlag } from '../../lab/results/flags';

/** Shows validity flags as badges, with the reason as tooltip and as text for screen readers. */
export function Flags({ flags }: { flags: readonly string[] }) {
  if (flags.length === 0) return <span className="missing">–</span>;
  return (
    <span className="badges">
      {flags.map((flag) => {
        const { label, reason, affects } = describeFlag(flag);
        return (
          <span key={flag} className={`badge badge-${affects}`} title={reason}>
            {label}
            <span className="visually-hidden">: {reason}</span>
          </span>
        );
      })}
    </span>
  );
}
