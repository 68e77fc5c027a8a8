import type { Plan } from '../../lab/plan/plan';

/** Summarises the plan in one line: "8 codecs · 32 windows of 128 tokens of tinystories · with verdicts". */
export function planSummary(plan: Plan): string {
  const { codecs, protocol, data, images, verdict } = plan;
  const list = `${codecs.length} ${codecs.length === 1 ? 'codec' : 'codecs'}`;
  const sample = images === 0 ? textSample(protocol, data) : `${images} images of ${data}`;
  return [list, sample, ...(verdict ? ['with verdicts'] : [])].join(' · ');
}

function textSample({ kind, context, stride, windows }: Plan['protocol'], data: string): string {
  const step = kind === 'sliding' ? ` every ${stride}` : kind === 'llama.cpp' ? ', second halves,' : '';
  return windows === undefined
    ? `all of ${data}, ${context} tokens at a time${step}`
    : `${windows} ${windows === 1 ? 'window' : 'windows'} of ${context} tokens${step} of ${data}`;
}
