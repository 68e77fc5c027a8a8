/** Shows a fraction as a bar, and in whole per cent for screen readers. */
export function ProgressBar({ label, fraction }: { label: string; fraction: number }) {
  return (
    <div
      className="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(100 * fraction)}
    >
      <div className="bar-fill" style={{ transform: `scaleX(${fraction})` }} />
    </div>
  );
}
