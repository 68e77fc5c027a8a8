import { DeviceLine } from './DeviceLine';
import { ModelPicker } from './ModelPicker';
import { PresetPicker } from './PresetPicker';
import { RunBar } from './RunBar';

/** The first screen: who computes, what is measured, one button. */
export function Deck() {
  return (
    <section className="deck" aria-label="Measure">
      <DeviceLine />
      <ModelPicker />
      <PresetPicker />
      <RunBar />
    </section>
  );
}
