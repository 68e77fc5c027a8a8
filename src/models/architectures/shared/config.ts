import * as v from 'valibot';
import { LabError } from '../../../base/errors';
import { issuePath, issueReason } from '../../../base/issue';

/** Upper bounds of what config.json may claim: far above any model a browser can hold, far below overflow. */
const LIMITS = { vocabulary: 1 << 20, width: 1 << 14, inner: 1 << 16, layers: 256, context: 1 << 17 };
/** The attention kernels hold one head of at most this width. */
const MAX_HEAD_WIDTH = 256;

const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

/** Schemas of the fields config.json files share. */
export const fields = {
  vocabulary: count(LIMITS.vocabulary),
  width: count(LIMITS.width),
  inner: count(LIMITS.inner),
  layers: count(LIMITS.layers),
  heads: count(LIMITS.width),
  headWidth: count(MAX_HEAD_WIDTH),
  context: count(LIMITS.context),
  imageSide: count(4096),
  channels: count(16),
  epsilon: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  theta: v.pipe(v.number(), v.minValue(1), v.maxValue(1e12)),
  flag: (value: boolean) => v.optional(v.boolean(), value),
  /** A switch whose other position is not implemented. */
  only: (value: boolean) => v.optional(v.nullable(v.literal(value))),
};

/** Hugging Face's names of the two forms of GELU: `gelu_fast` is `gelu_new` with its factors in another order. */
const GELU_FORMS = {
  gelu: 'erf',
  gelu_new: 'tanh',
  gelu_fast: 'tanh',
  gelu_pytorch_tanh: 'tanh',
} as const;
const GELU_NAMES = ['gelu', 'gelu_new', 'gelu_fast', 'gelu_pytorch_tanh'] as const;
export const geluName = v.picklist(GELU_NAMES);
export const activationName = v.picklist([...GELU_NAMES, 'relu']);
export type ActivationName = v.InferOutput<typeof activationName>;

export function geluForm(name: keyof typeof GELU_FORMS): 'erf' | 'tanh' {
  return GELU_FORMS[name];
}

/**
 * Checks config.json, which is hostile until parsed, against a schema.
 * @throws LabError unsupported, naming the first field that does not fit
 */
export function parseConfig<S extends v.GenericSchema>(
  architecture: string,
  schema: S,
  config: Readonly<Record<string, unknown>>,
): v.InferOutput<S> {
  if (config.quantization_config !== undefined && config.quantization_config !== null)
    throw unsupportedConfig(architecture, 'quantization_config', 'the checkpoint is already quantised');
  const result = v.safeParse(schema, config, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw unsupportedConfig(architecture, issuePath(issue) ?? 'config.json', issueReason(issue));
}

/** The width of one head. @throws LabError unsupported when it is not a whole number up to 256 */
export function headWidthOf(architecture: string, width: number, heads: number): number {
  const headWidth = width / heads;
  if (!Number.isInteger(headWidth))
    throw unsupportedConfig(
      architecture,
      'attention heads',
      `${heads} heads do not divide a width of ${width}`,
    );
  if (headWidth > MAX_HEAD_WIDTH)
    throw unsupportedConfig(
      architecture,
      'attention heads',
      `a head is ${headWidth} wide, over ${MAX_HEAD_WIDTH}`,
    );
  return headWidth;
}

export function unsupportedConfig(architecture: string, field: string, why: string): LabError {
  return new LabError(
    'unsupported',
    `This ${architecture} model cannot run here: ${field}: ${why}.`,
    'Choose a model without this option; the list of supported options is in the documentation.',
  );
}
