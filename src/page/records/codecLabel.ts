import type { OptionSpec, OptionValue } from '../../codecs/contract/meta';
import { codecMetas } from '../../codecs/contract/registry';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';
import type { LabRecord } from '../../lab/results/record';

/**
 * Returns a short label of a codec for the chart: "rtn 4b g32", "nf4", "rans(rtn 4b)". The full spelling appears on hover.
 */
export function shortLabel({ id, options, spec }: LabRecord['codec']): string {
  const meta = codecMetas.get(id);
  if (!meta) return spec;
  const inner = meta.wraps ? innerOf(spec) : undefined;
  if (meta.wraps && !inner) return spec;
  const words = meta.options.flatMap((option) => word(option, options[option.key]));
  return [inner ? `${id}(${shortLabel(inner)})` : id, ...words].join(' ');
}

/** Returns the short label of a codec's spelling, or the spelling itself if this version cannot read it. */
export function labelOf(spec: string): string {
  try {
    return shortLabel({ ...parseCodec(spec), spec, label: '' });
  } catch {
    return spec;
  }
}

/** Reads the codec inside a wrapper from its spelling; a record of another version may name options unknown to this one. */
function innerOf(spec: string): LabRecord['codec'] | undefined {
  try {
    const inner = parseCodec(spec).inner;
    return inner && { ...inner, spec: formatCodec(inner), label: '' };
  } catch {
    return undefined;
  }
}

const TRAINED = { qat: 'trained rounded', 'fine-tune': 'fine-tuned', fresh: 'trained' } as const;

/** Returns how a record's weights were trained, its scope and its format for the rest, as far as they are not the default. */
export function scopeNote({
  role,
  scope,
  rest,
  training,
}: Pick<LabRecord, 'role' | 'scope' | 'rest' | 'training'>): string {
  const trained = training ? `${TRAINED[training.kind]}, ${training.steps} steps` : '';
  if (role === 'baseline') return trained;
  return [trained, scope === 'linear' ? '' : `scope ${scope}`, rest === 'float16' ? '' : `rest ${rest}`]
    .filter(Boolean)
    .join(', ');
}

/** Returns the word for an option: always for bits, otherwise only where the value differs from its default. */
function word(option: OptionSpec, value: OptionValue | undefined): string[] {
  if (value === undefined) return [];
  if (option.key === 'bits') return [`${value}b`];
  if (value === option.default) return [];
  if (option.kind === 'boolean') return value ? [option.key] : [`no ${option.key}`];
  const lengths = ['group', 'block'].includes(option.key) && /^\d+$/.test(String(value));
  return [lengths ? `g${value}` : option.kind === 'choice' ? String(value) : `${option.key} ${value}`];
}
