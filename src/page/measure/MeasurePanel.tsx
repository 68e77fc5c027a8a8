import { DeviceLine } from './DeviceLine';
import { ModelPicker } from './ModelPicker';
import { PresetPicker } from './PresetPicker';
import { RunBar } from './RunBar';

/** Shows the controls of the first screen: device, model, plan and Run. */
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
