import * as v from 'valibot';
import type { Architecture } from '../architecture';
import { fields, parseConfig, unsupportedConfig } from './shared/config';
import { finishShape, matrix, value, vector } from './shared/shape';

/** The config.json of a linear classifier of pixels. */
const schema = v.object({
  image_size: fields.imageSide,
  num_channels: v.optional(fields.channels, 1),
  id2label: v.optional(v.record(v.string(), v.string())),
  num_labels: v.optional(fields.vocabulary),
});

/** Maximum number of pixels, since an image is one row of an activation. */
const MAX_PIXELS = 1 << 16;

/** Multinomial logistic regression on the pixels of an image: one matrix and a bias. */
const tinyClassifier: Architecture = {
  id: 'tiny-classifier',
  modelTypes: ['tiny-classifier'],
  prefix: '',
  configure(raw) {
    const config = parseConfig('tiny-classifier', schema, raw);
    const { image_size: size, num_channels: channels } = config;
    const classes = config.id2label ? Object.keys(config.id2label).length : (config.num_labels ?? 2);
    if (classes === 0) throw unsupportedConfig('tiny-classifier', 'id2label', 'it has no classes');
    const width = channels * size ** 2;
    if (width > MAX_PIXELS)
      throw unsupportedConfig(
        'tiny-classifier',
        'image_size',
        `${width} pixel values per image exceed ${MAX_PIXELS}`,
      );
    const hidden = value('pixels', width);
    return finishShape({
      architecture: 'tiny-classifier',
      task: 'image-classification',
      tensors: [
        matrix('classifier.weight', classes, width, 'classifier'),
        vector('classifier.bias', classes, 'bias'),
      ],
      program: {
        prologue: [{ op: 'pixels', out: hidden }],
        blocks: [],
        epilogue: [],
        hidden,
        head: { weight: 'classifier.weight', bias: 'classifier.bias', outputs: classes },
      },
      maxContext: 1,
      width,
      vocabulary: classes,
      cacheWidths: [],
      image: { size, channels, tokens: 1 },
      tiedHead: false,
    });
  },
};

export default tinyClassifier;
