import { readFileSync } from 'node:fs';
import { AutoImageProcessor, env, RawImage } from '@huggingface/transformers';
import { beforeAll, describe, expect, it } from 'vitest';
import { LabError } from '../../base/errors';
import { parseCifar10 } from '../../formats/cifar';
import { fixture } from '../../testing/fixtures';
import { imagePreprocessor } from './preprocess';
import { resampler } from './resample';

/** The reference computes in float32. */
const TOLERANCE = 1e-6;
const IMAGES = 24;

const CIFAR = { size: 32, channels: 3 };
const config = readFileSync('public/models/vit-cifar10/preprocessor_config.json');
const GREY = { size: 2, channels: 1 };
const TINY = { size: 2, channels: 3 };
const assetsOf = (json: object) =>
  new Map([['preprocessor_config.json', new TextEncoder().encode(JSON.stringify(json))]]);

beforeAll(() => {
  env.allowRemoteModels = false;
  env.localModelPath = 'public/models/';
});

describe('imagePreprocessor', () => {
  it('agrees with transformers on CIFAR-10 images', async () => {
    const file = readFileSync('public/data/cifar-10/test_2000.bin').subarray(0, IMAGES * 3073);
    const { pixels } = parseCifar10(file);
    const ours = imagePreprocessor(new Map([['preprocessor_config.json', config]]), CIFAR)(pixels, CIFAR);
    const reference = await AutoImageProcessor.from_pretrained('vit-cifar10');
    let maxError = 0;
    for (let n = 0; n < IMAGES; n++) {
      // RawImage is [height, width, channels].
      const rows = Uint8ClampedArray.from(
        { length: 3072 },
        (_, i) => pixels[n * 3072 + (i % 3) * 1024 + Math.floor(i / 3)],
      );
      const { pixel_values } = (await reference(new RawImage(rows, 32, 32, 3))) as {
        pixel_values: { data: Float32Array };
      };
      pixel_values.data.forEach(
        (value, i) => (maxError = Math.max(maxError, Math.abs(value - ours[n * 3072 + i]))),
      );
    }
    expect(maxError).toBeLessThanOrEqual(TOLERANCE);
    expect(ours.some((value) => value > 1) && ours.some((value) => value < -1)).toBe(true);
  });

  it('resizes to the side that the model requires, then rescales and normalises', () => {
    const pixels = Uint8Array.from({ length: 3 * 1024 }, (_, i) => (37 * i) % 256);
    const settings = { do_resize: true, size: 64, resample: 2, image_mean: [0, 0, 0], image_std: [1, 1, 1] };
    const required = { size: 64, channels: 3 };
    const values = imagePreprocessor(assetsOf(settings), required)(pixels, CIFAR);
    const plane = resampler(32, 64, 2)(pixels.subarray(1024, 2048));
    expect(values).toHaveLength(3 * 4096);
    expect(values.slice(4096, 8192)).toEqual(Float32Array.from(plane, (byte) => byte / 255));
  });

  it('omits steps that are switched off', () => {
    const pixels = Uint8Array.of(0, 128, 255, 51);
    const plain = imagePreprocessor(assetsOf({ do_rescale: false, do_normalize: false }), GREY);
    expect(Array.from(plain(pixels, GREY))).toEqual([0, 128, 255, 51]);
    const scaled = imagePreprocessor(assetsOf({ do_normalize: false, rescale_factor: 1 / 51 }), GREY);
    expect(scaled(pixels, GREY)[2]).toBe(5);
  });

  it('refuses settings that it would have to approximate, and names them', () => {
    const run =
      (json: object, required = CIFAR) =>
      () =>
        imagePreprocessor(assetsOf(json), required)(new Uint8Array(3 * 32 * 32), CIFAR);
    expect(run({ do_resize: true, size: { height: 224, width: 224 } })).toThrow(/224 × 224.*32 × 32/);
    expect(run({ do_resize: true, size: { height: 32, width: 48 } })).toThrow(/32 × 48.*not square/);
    expect(run({ do_resize: false }, { size: 28, channels: 3 })).toThrow(/32 × 32.*28 × 28/);
    expect(run({ do_resize: true, size: 32 }, { size: 32, channels: 1 })).toThrow(/3 channels.*requires 1/);
    expect(run({ do_resize: true, size: 64, resample: 5 }, { size: 64, channels: 3 })).toThrow(/resample 5/);
    expect(run({ do_center_crop: true })).toThrow(/do_center_crop/);
    expect(run({ image_std: [1, 0, 1] })).toThrow(/image_std/);
    expect(run({ image_mean: [0], image_std: [1] })).toThrow(LabError);
    expect(() => imagePreprocessor(new Map(), CIFAR)).toThrow(LabError);
  });

  it('refuses processors and steps that are not implemented, by name', () => {
    const run = (json: object) => () => imagePreprocessor(assetsOf(json), CIFAR);
    const example = readFileSync(fixture('cases/preprocessor-steps/model/preprocessor_config.json'));
    const ofExample = () => imagePreprocessor(new Map([['preprocessor_config.json', example]]), CIFAR);
    expect(ofExample).toThrow(/"do_flip_channel_order" is not implemented/);
    for (const type of [
      'MobileViTImageProcessor',
      'CLIPImageProcessor',
      'ConvNextImageProcessor',
      'Constructor',
    ])
      expect(run({ image_processor_type: type })).toThrow(`image_processor_type: only ViTImageProcessor`);
    expect(run({ feature_extractor_type: 'DeiTFeatureExtractor' })).toThrow(/feature_extractor_type.*DeiT/);
    const steps = {
      ...{ do_flip_channel_order: true, crop_pct: 0.875, rescale_offset: true, do_convert_grayscale: true },
      ...{ do_pad: true, do_center_crop: true, do_reduce_labels: true, do_color_quantize: true, toString: 1 },
    };
    for (const [field, value] of Object.entries(steps)) {
      expect(run({ [field]: value })).toThrow(`"${field}" is not implemented`);
      expect(run({ [field]: false })).not.toThrow();
      expect(run({ [field]: null })).not.toThrow();
    }
    expect(run({ data_format: 'channels_last' })).toThrow(/data_format/);
  });

  it('takes the fields that transformers writes beside the steps', () => {
    const written = {
      ...{
        image_processor_type: 'ViTImageProcessor',
        do_resize: true,
        size: 32,
        do_convert_rgb: null,
        crop_size: null,
      },
      ...{ data_format: 'channels_first', input_data_format: null, device: null, disable_grouping: null },
      ...{
        do_center_crop: null,
        do_pad: null,
        pad_size: null,
        default_to_square: true,
        return_tensors: null,
      },
    };
    expect(imagePreprocessor(assetsOf(written), CIFAR)(new Uint8Array(3072), CIFAR)).toHaveLength(3072);
  });

  it('resizes by default where the processor is named, as transformers does', () => {
    const preprocess = imagePreprocessor(assetsOf({ image_processor_type: 'ViTImageProcessor' }), CIFAR);
    expect(() => preprocess(new Uint8Array(3072), CIFAR)).toThrow(/224 × 224/);
  });

  it('refuses settings that give values outside float32', () => {
    const run = (json: object) => () => imagePreprocessor(assetsOf(json), TINY)(new Uint8Array(12), TINY);
    expect(run({ image_std: [1, 5e-324, 1] })).toThrow(/channel 1 that exceed float32/);
    expect(run({ image_mean: [-1e39, 0, 0] })).toThrow(/channel 0/);
  });
});
