import type { Model } from '../../../models/model';
import { architectureFor } from '../../../models/registry';
import { drawnModel } from '../model';

const SIDE = 48;

/**
 * Returns a vision transformer with drawn weights, two blocks and five classes, for colour images of 48 × 48, to which its preprocessor
 * resizes any other.
 */
export function smallVit({ resizes = true } = {}): Promise<Model> {
  const config = {
    ...{ model_type: 'vit', hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2 },
    ...{ intermediate_size: 64, image_size: SIDE, patch_size: 16, num_channels: 3 },
    id2label: { 0: 'daisy', 1: 'iris', 2: 'lily', 3: 'rose', 4: 'tulip' },
  };
  const preprocessor = {
    ...{ image_processor_type: 'ViTImageProcessor', do_resize: resizes, resample: 2 },
    size: { height: SIDE, width: SIDE },
  };
  const model: Model = {
    ...{ id: 'small-vit', source: 'test', revision: '', sha256: '', config },
    shape: architectureFor(config).configure(config),
    assets: new Map([['preprocessor_config.json', new TextEncoder().encode(JSON.stringify(preprocessor))]]),
    tensor: async ({ matrix: [rows, columns] }) => new Float32Array(rows * columns),
  };
  return drawnModel(model, 1);
}
