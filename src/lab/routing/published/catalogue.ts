import { hardwarePrice, pricePerMillion } from '../../decide/prices';

/** Hardware of the published router. */
type RouterHardware = 'T4' | 'A10G' | 'A100-40' | 'A100-80' | 'H100';

/** A model of the published router. None of its values was measured. */
export interface RouterModel {
  id: string;
  /** Billions of parameters. */
  billions: number;
  /** Assumed quality, 1 for the largest model. */
  quality: number;
  /** Gigabytes of memory. */
  memoryGB: number;
  /** Assumed mean latency in ms of the hardware that it may run on. */
  latencyMs: Partial<Record<RouterHardware, number>>;
}

/** The models that the published router chooses from. */
export const ROUTER_MODELS: readonly RouterModel[] = [
  {
    id: 'llama-2-70b',
    billions: 70,
    quality: 1,
    memoryGB: 40,
    latencyMs: { 'A100-40': 120, 'A100-80': 80, H100: 50 },
  },
  { id: 'llama-2-13b', billions: 13, quality: 0.92, memoryGB: 16, latencyMs: { A10G: 80, 'A100-40': 40 } },
  { id: 'llama-2-7b', billions: 7, quality: 0.88, memoryGB: 8, latencyMs: { T4: 100, A10G: 45 } },
];

const SPEEDUPS: Partial<Record<RouterHardware, number>> = { H100: 2.5, 'A100-80': 1.5, T4: 0.5 };

/** Estimates tokens per second from the number of parameters and the hardware, as the published router does. */
function assumedThroughput({ billions }: RouterModel, hardware: RouterHardware): number {
  const base = billions > 50 ? 20 : billions > 10 ? 50 : 100;
  return base * (SPEEDUPS[hardware] ?? 1);
}

/** A model on some hardware, with what the published router assumes about the two. */
export interface RouterOption {
  model: string;
  hardware: RouterHardware;
  quality: number;
  latencyMs: number;
  /** 1.5 times the mean. */
  p99LatencyMs: number;
  tokensPerSecond: number;
  dollarsPerMillionTokens: number;
}

/** Lists every model on all of its hardware. */
export function routerOptions(): RouterOption[] {
  return ROUTER_MODELS.flatMap((model) =>
    Object.entries(model.latencyMs).map(([name, latencyMs]) => {
      const hardware = name as RouterHardware;
      const tokensPerSecond = assumedThroughput(model, hardware);
      return {
        model: model.id,
        hardware,
        quality: model.quality,
        latencyMs,
        p99LatencyMs: 1.5 * latencyMs,
        tokensPerSecond,
        dollarsPerMillionTokens: pricePerMillion(hardwarePrice(hardware).pricePerHour, tokensPerSecond),
      };
    }),
  );
}
