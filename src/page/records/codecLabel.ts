import type { OptionSpec, OptionValue } from '../../codecs/contract/meta';
import { codecMetas } from '../../codecs/contract/registry';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';
import type { LabRecord } from '../../lab/results/record';

/**
 * A codec in a few characters for chart labels: "rtn 4b g32", "nf4", "rans(rtn 4b)". The full spelling is one hover away.
 */
export function shortLabel({ id, options, spec }: LabRecord['codec']): string {
  const meta = codecMetas.get(id);
  if (!meta) return spec;
  const inner = meta.wraps ? innerOf(spec) : undefined;
  if (meta.wraps && !inner) return spec;
  const words = meta.options.flatMap((option) => word(option, options[option.key]));
  return [inner ? `${id}(${shortLabel(inner)})` : id, ...words].join(' ');
}

/** The same for a spelling, as it is if this version cannot read it. */
export function labelOf(spec: string): string {
  try {
    return shortLabel({ ...parseCodec(spec), spec, label: '' });
  } catch {
    return spec;
  }
}

/** Records spell out what a wrapper is around; one of another version may name options this one does not know. */
function innerOf(spec: string): LabRecord['codec'] | undefined {
  try {
    const inner = parseCodec(spec).inner;
    return inner && { ...inner, spec: formatCodec(inner), label: '' };
  } catch {
    return undefined;
  }
}

const TRAINED = { qat: 'trained rounded', 'fine-tune': 'fine-tuned', fresh: 'trained' } as const;

/** How a record's weights were trained, what it coded and how it kept the rest, where that is not the default. */
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

/** Bits are always said; other options only where they differ from their default. */
function word(option: OptionSpec, value: OptionValue | undefined): string[] {
  if (value === undefined) return [];
  if (option.key === 'bits') return [`${value}b`];
  if (value === option.default) return [];
  if (option.kind === 'boolean') return value ? [option.key] : [`no ${option.key}`];
  const lengths = ['group', 'block'].includes(option.key) && /^\d+$/.test(String(value));
  return [lengths ? `g${value}` : option.kind === 'choice' ? String(value) : `${option.key} ${value}`];
}
