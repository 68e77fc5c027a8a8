import { DeviceLine } from './DeviceLine';
import { ModelPicker } from './ModelPicker';
import { PresetPicker } from './PresetPicker';
import { RunBar } from './RunBar';

/** The controls of the first screen: the device, what is measured, and Run. */
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
