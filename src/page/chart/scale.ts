/** An axis scale: maps values to positions on plotly's linear axis and chooses the ticks. */
export interface Scale {
  at: (value: number) => number;
  ticks(low: number, high: number): number[];
}

export const linearScale: Scale = { at: (value) => value, ticks: linearTicks };

export const logarithmic: Scale = {
  at: (value) => Math.log10(value),
  ticks: (low, high) => decades(low, high).filter((t) => t > 0),
};

/**
 * Returns a scale that is linear within ±unit and logarithmic beyond (a bi-symmetric logarithm, Webber 2013,
 * doi:10.1088/0957-0233/24/2/027001), so that zero, improvements and error bars across zero can be shown.
 */
export function symmetricLog(unit: number): Scale {
  return {
    at: (value) => Math.sign(value) * Math.log10(1 + Math.abs(value) / unit),
    ticks: (low, high) => {
      const up = high > unit ? decades(unit, high) : [];
      const down = low < -unit ? decades(unit, -low).map((t) => -t) : [];
      return [...down.reverse(), 0, ...up];
    },
  };
}

/** Returns the powers of ten from `low` to `high`; if there are at most two decades, also 2 and 5 times each. */
function decades(low: number, high: number): number[] {
  const from = Math.floor(Math.log10(low));
  const to = Math.ceil(Math.log10(high));
  const steps = to - from <= 2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = from; power <= to; power++)
    for (const step of steps) {
      const tick = Number((step * 10 ** power).toPrecision(1));
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  return ticks;
}

/** Returns about five round values. */
function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-6; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}
