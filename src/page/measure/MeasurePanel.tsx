import { DeviceLine } from './DeviceLine';
import { ModelPicker } from './ModelPicker';
import { PresetPicker } from './PresetPicker';
import { RunBar } from './RunBar';

/** The first screen: who computes, what is measured, one button. */
export function MeasurePanel() {
  return (
    <section className="measure" aria-label="Measure">
      <DeviceLine />
      <ModelPicker />
      <PresetPicker />
      <RunBar />
    </section>
  );
}
