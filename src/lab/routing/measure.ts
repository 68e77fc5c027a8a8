import type { Lab } from '../lab';
import type { Routing } from './cascade';
import { routingCurve, type RoutingCurve, type RoutingPrices } from './curve';
import {
  pairVariants,
  refuseSameVariant,
  RoutingSession,
  type MeasuredVariant,
  type RoutingControl,
  type RoutingRequest,
  type Variant,
} from './session';

/** Which curves are computed; all of them come from the same measurements. */
export interface CurveChoice {
  routings: readonly Routing[];
  /** Wanted quality: largest increase of the perplexity over that of the large variant, in per cent. */
  maxIncrease: number;
  /** US dollars for an hour of the device; asks for the price of answers. */
  pricePerHour?: number;
}

/** A cascade to measure. */
export interface CascadeRequest extends CurveChoice {
  small: Variant;
  large: Variant;
  request: RoutingRequest;
}

/** A measured cascade. */
export interface MeasuredCascade {
  small: Pick<MeasuredVariant, 'variant' | 'bytes'>;
  large: Pick<MeasuredVariant, 'variant' | 'bytes'>;
  /** Number of windows that thresholds were fitted on, and that were measured. */
  windows: { fit: number; heldOut: number };
  curves: readonly RoutingCurve[];
  prices?: RoutingPrices;
}

/**
 * Measures both variants and computes the curves.
 * @throws LabError bad-plan for two equal variants, or a small one that is not smaller; as `RoutingSession.measure`; Cancelled
 */
export async function measureCascade(
  lab: Lab,
  { small, large, request, ...choice }: CascadeRequest,
  { signal, onProgress }: RoutingControl,
): Promise<MeasuredCascade> {
  refuseSameVariant(small, large);
  const session = new RoutingSession(lab, request, { timed: choice.pricePerHour !== undefined });
  const measure = (variant: Variant, before: number) =>
    session.measure(variant, {
      signal,
      onProgress: (fraction, step) => onProgress?.((before + fraction) / 2, step),
    });
  const measured = await measure(large, 0);
  return cascadeOf(await measure(small, 1), measured, request, choice);
}

/** Computes the curves of two measured variants. @throws LabError bad-plan if the small one is not smaller */
export function cascadeOf(
  small: MeasuredVariant,
  large: MeasuredVariant,
  { context, seed }: RoutingRequest,
  { routings, maxIncrease, pricePerHour }: CurveChoice,
): MeasuredCascade {
  const { fit, heldOut } = pairVariants(small, large, context);
  const prices =
    pricePerHour !== undefined && small.speed && large.speed
      ? { pricePerHour, small: small.speed, large: large.speed }
      : undefined;
  const input = {
    fit,
    heldOut,
    bytes: { small: small.bytes, large: large.bytes },
    prices,
    maxIncrease,
    seed,
  };
  return {
    ...(prices && { prices }),
    small: { variant: small.variant, bytes: small.bytes },
    large: { variant: large.variant, bytes: large.bytes },
    windows: { fit: fit.length, heldOut: heldOut.length },
    curves: routings.map((routing) => routingCurve({ ...input, routing })),
  };
}
