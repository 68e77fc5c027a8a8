import * as v from 'valibot';
import { LabError } from '../../../base/errors';
import { issuePath, issueReason } from '../../../base/issue';

/**
 * Maximum values in config.json: far above any model that a browser can hold, far below overflow. Nothing is allocated by the
 * context, which is only compared with the lengths of windows.
 */
const LIMITS = { vocabulary: 1 << 20, width: 1 << 14, inner: 1 << 16, layers: 256, context: 2 ** 30 };
/** Maximum width of a head in the attention kernels. */
const MAX_HEAD_WIDTH = 256;

const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));

/** Schemas of fields that several config.json files have. */
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
  /** A flag of which only one value is implemented. */
  only: (value: boolean) => v.optional(v.nullable(v.literal(value))),
};

/** The form of GELU by its name in transformers; `gelu_fast` is `gelu_new` with its factors in another order. */
const GELU_FORMS = {
  gelu: 'erf',
  gelu_new: 'tanh',
  gelu_fast: 'tanh',
  gelu_pytorch_tanh: 'tanh',
} as const;
const GELU_NAMES = ['gelu', 'gelu_new', 'gelu_fast', 'gelu_pytorch_tanh'] as const;
/** The schema of a GELU's name. */
export const geluName = v.picklist(GELU_NAMES);
/** The schema of an activation function's name. */
export const activationName = v.picklist([...GELU_NAMES, 'relu']);
export type ActivationName = v.InferOutput<typeof activationName>;

/** Returns the form of GELU that a name of transformers stands for. */
export function geluForm(name: keyof typeof GELU_FORMS): 'erf' | 'tanh' {
  return GELU_FORMS[name];
}

/**
 * Checks config.json, which is untrusted, against a schema.
 * @throws LabError unsupported with the first field that does not match
 */
export function parseConfig<S extends v.GenericSchema>(
  architecture: string,
  schema: S,
  config: Readonly<Record<string, unknown>>,
): v.InferOutput<S> {
  if (config.quantization_config !== undefined && config.quantization_config !== null)
    throw unsupportedConfig(architecture, 'quantization_config', 'the checkpoint is already quantised');
  checkWholeModel(architecture, config);
  const result = v.safeParse(schema, config, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw unsupportedConfig(architecture, issuePath(issue) ?? 'config.json', issueReason(issue));
}

/** Refuses settings of all models that change the forward pass. */
function checkWholeModel(architecture: string, config: Readonly<Record<string, unknown>>): void {
  if (config.is_encoder_decoder !== undefined && config.is_encoder_decoder !== false)
    throw unsupportedConfig(architecture, 'is_encoder_decoder', 'only decoders and encoders are implemented');
  if (config.per_layer_config !== undefined && config.per_layer_config !== null)
    throw unsupportedConfig(architecture, 'per_layer_config', 'all layers must have one configuration');
}

/** Returns the width of one head, width ÷ heads. @throws LabError unsupported if it is not an integer up to 256 */
export function headWidthOf(architecture: string, width: number, heads: number): number {
  const headWidth = width / heads;
  if (!Number.isInteger(headWidth))
    throw unsupportedConfig(
      architecture,
      'attention heads',
      `${heads} heads do not divide the width ${width}`,
    );
  if (headWidth > MAX_HEAD_WIDTH)
    throw unsupportedConfig(
      architecture,
      'attention heads',
      `the head width ${headWidth} exceeds ${MAX_HEAD_WIDTH}`,
    );
  return headWidth;
}

/** Returns the error about a field of config.json that is invalid or not implemented; `why` is a clause. */
export function unsupportedConfig(architecture: string, field: string, why: string): LabError {
  return new LabError(
    'unsupported',
    `This ${architecture} model is not supported because of ${field} in config.json: ${why}.`,
    'Choose a model without this setting. The documentation (docs/architectures.md) lists what is supported.',
  );
}
