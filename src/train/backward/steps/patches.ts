import { invariant } from '../../../base/errors';
import { recordPatchesBackward } from '../patches';
import type { StepBackward } from '../step';

const backward: StepBackward<'patches'> = {
  op: 'patches',
  keeps: () => [],
  record: ({ weight, bias, classToken, patch, channels, size, out }, site) => {
    invariant(classToken !== undefined, 'only images with a class token are trained');
    return recordPatchesBackward(site, {
      pixels: site.input,
      dOut: site.gradient(out),
      dWeight: site.tensorGradient(weight),
      dBias: site.tensorGradient(bias),
      dClassToken: site.tensorGradient(classToken),
      image: { images: site.layout.sequences, channels, size, patch },
    });
  },
};

export default backward;
