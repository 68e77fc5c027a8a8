import type { OptionSpec, OptionValue } from '../../codecs/contract/meta';
import { codecMetas } from '../../codecs/contract/registry';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';
import type { LabRecord } from '../../lab/results/record';

/** Returns a short label of a codec for the chart: "rtn 4b g32", "nf4", "rans(rtn 4b)". */
export function shortLabel({ id, options, spec }: LabRecord['codec']): string {
  const meta = codecMetas.get(id);
  if (!meta) return spec;
  const inner = meta.wraps ? innerOf(spec) : undefined;
  if (meta.wraps && !inner) return spec;
  const labels = meta.options.flatMap((option) => optionLabel(option, options[option.key]));
  return [inner ? `${id}(${shortLabel(inner)})` : id, ...labels].join(' ');
}

/** Returns the short label of a codec's spelling, or the spelling itself if this version cannot read it. */
export function labelOf(spec: string): string {
  try {
    return shortLabel({ ...parseCodec(spec), spec, label: '' });
  } catch {
    return spec;
  }
}

/** Parses the codec inside a wrapper; undefined if a record of another version names options unknown to this one. */
function innerOf(spec: string): LabRecord['codec'] | undefined {
  try {
    const inner = parseCodec(spec).inner;
    return inner && { ...inner, spec: formatCodec(inner), label: '' };
  } catch {
    return undefined;
  }
}

const TRAINING_LABELS = {
  ...{ qat: 'QAT', 'fine-tune': 'fine-tuned', fresh: 'trained', head: 'new classifier' },
} as const;

/** Returns the training, scope and rest format of a record, as far as they differ from the defaults. */
export function scopeNote({
  role,
  scope,
  rest,
  training,
}: Pick<LabRecord, 'role' | 'scope' | 'rest' | 'training'>): string {
  const trained = training ? `${TRAINING_LABELS[training.kind]}, ${training.steps} steps` : '';
  if (role === 'baseline') return trained;
  return [trained, scope === 'linear' ? '' : `scope ${scope}`, rest === 'float16' ? '' : `rest ${rest}`]
    .filter(Boolean)
    .join(', ');
}

/** Returns the label of an option: always for bits, otherwise only if the value differs from its default. */
function optionLabel(option: OptionSpec, value: OptionValue | undefined): string[] {
  if (value === undefined) return [];
  if (option.key === 'bits') return [`${value}b`];
  if (value === option.default) return [];
  if (option.kind === 'boolean') return value ? [option.key] : [`no ${option.key}`];
  const isLength = ['group', 'block'].includes(option.key) && /^\d+$/.test(String(value));
  return [isLength ? `g${value}` : option.kind === 'choice' ? String(value) : `${option.key} ${value}`];
}
