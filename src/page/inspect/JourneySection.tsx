import { fixed } from '../../base/format';
import type { TensorView } from '../../lab/inspect/inspect';
import type { WeightJourney } from '../../lab/inspect/weight';
import { usePage } from '../app/usePage';
import { setValues } from '../store/values';

interface JourneyProps {
  view: TensorView;
  rows: number;
  columns: number;
}

/** Follows one weight: its float bits, its code with the scale, what an entropy coder spends on it, and what is restored. */
export function JourneySection({ view: { weight }, rows, columns }: JourneyProps) {
  const { inspect } = usePage().values;
  const place = { row: weight.row, column: weight.column };
  const set = (change: Partial<typeof place>): void => {
    const { row, column } = { ...place, ...change };
    setValues(inspect, { row: String(row), column: String(column) });
  };
  return (
    <section aria-labelledby="weight-title">
      <div className="panel-head">
        <h3 id="weight-title">One weight’s journey</h3>
        <div className="tools">
          <PlaceField label="Row" value={weight.row} end={rows} onChange={(row) => set({ row })} />
          <PlaceField
            label="Column"
            value={weight.column}
            end={columns}
            onChange={(column) => set({ column })}
          />
        </div>
      </div>
      <ol className="journey">
        <li>
          <h4>Checkpoint</h4>
          <FloatBits bits={weight.floatBits} />
          <p>{exact(weight.value)}, 32 bits</p>
        </li>
        <CodeSteps weight={weight} />
        <li>
          <h4>Restored</h4>
          <p>
            {exact(weight.restored)}, error {exact(Math.abs(weight.value - weight.restored), 3)}
          </p>
        </li>
      </ol>
    </section>
  );
}

/** Float32 values are written with the digits that tell them apart. */
function exact(value: number, digits = 7): string {
  return String(Number(value.toPrecision(digits))).replace('-', '−');
}

interface PlaceFieldProps {
  label: string;
  value: number;
  end: number;
  onChange: (value: number) => void;
}

function PlaceField({ label, value, end, onChange }: PlaceFieldProps) {
  return (
    <label className="field place">
      <span>{label}</span>
      <input
        type="number"
        min={0}
        max={end - 1}
        value={value}
        onChange={(event) => {
          const next = event.target.valueAsNumber;
          if (Number.isInteger(next) && next >= 0 && next < end) onChange(next);
        }}
      />
    </label>
  );
}

function FloatBits({ bits }: { bits: string }) {
  return (
    <p className="bits">
      <span className="sign" title="sign">
        {bits[0]}
      </span>
      <span className="exponent" title="exponent">
        {bits.slice(1, 9)}
      </span>
      <span className="fraction" title="fraction">
        {bits.slice(9)}
      </span>
    </p>
  );
}

function CodeSteps({ weight: { code, columnScale } }: { weight: WeightJourney }) {
  if (!code)
    return (
      <li>
        <h4>Code</h4>
        <p className="soft">This codec has no single code for this weight.</p>
      </li>
    );
  const { bits, scale, level, share, codedBits, entropyBits } = code;
  return (
    <>
      {columnScale !== undefined && (
        <li>
          <h4>Column scale</h4>
          <p>× {exact(columnScale)}, by which the layer before is divided</p>
        </li>
      )}
      <li>
        <h4>Code</h4>
        <p className="bits">
          <span className="fraction">{bits}</span>
        </p>
        <p>
          level {exact(level)} × scale {exact(scale)}
        </p>
      </li>
      <li>
        <h4>Entropy-coded</h4>
        <p>
          {fixed(codedBits, 2)} bits, since {fixed(100 * share, 1)} % of the matrix have this code;{' '}
          {fixed(entropyBits, 2)} bits on average
        </p>
      </li>
    </>
  );
}
