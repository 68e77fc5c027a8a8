import type { Lab } from '../lab';
import type { Routing } from './cascade';
import { routingCurve, type RoutingCurve, type RoutingPrices } from './curve';
import {
  pairVariants,
  isSameVariant,
  refuseSameVariant,
  singleCodec,
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
  /** One codec to compare the cascade with, unless it is one of the two. */
  alone?: Variant;
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
  { small, large, alone, request, ...choice }: CascadeRequest,
  { signal, onProgress }: RoutingControl,
): Promise<MeasuredCascade> {
  refuseSameVariant(small, large);
  const session = new RoutingSession(lab, request, { timed: choice.pricePerHour !== undefined });
  await session.check([large.model, small.model], signal);
  const single =
    alone && ![small, large].some((variant) => isSameVariant(variant, alone)) ? alone : undefined;
  const count = single ? 3 : 2;
  const measure = (variant: Variant, before: number) =>
    session.measure(variant, {
      signal,
      onProgress: (fraction, step) => onProgress?.((before + fraction) / count, step),
    });
  const measured = await measure(large, 0);
  const measuredSmall = await measure(small, 1);
  const measuredAlone = single && (await measure(single, 2));
  return cascadeOf({ small: measuredSmall, large: measured, alone: measuredAlone }, request, choice);
}

/** Computes the curves of two measured variants. @throws LabError bad-plan if the small one is not smaller */
export function cascadeOf(
  { small, large, alone }: { small: MeasuredVariant; large: MeasuredVariant; alone?: MeasuredVariant },
  { context, seed }: RoutingRequest,
  { routings, maxIncrease, pricePerHour }: CurveChoice,
): MeasuredCascade {
  const { fit, heldOut } = pairVariants(small, large, context);
  const single =
    alone && [small, large].some(({ variant }) => isSameVariant(variant, alone.variant)) ? undefined : alone;
  const prices =
    pricePerHour !== undefined && small.speed && large.speed
      ? { pricePerHour, small: small.speed, large: large.speed, alone: single?.speed }
      : undefined;
  const input = {
    ...{ fit, heldOut, prices, maxIncrease, seed },
    bytes: { small: small.bytes, large: large.bytes },
    alone: single && singleCodec(single, context),
  };
  return {
    ...(prices && { prices }),
    small: { variant: small.variant, bytes: small.bytes },
    large: { variant: large.variant, bytes: large.bytes },
    windows: { fit: fit.length, heldOut: heldOut.length },
    curves: routings.map((routing) => routingCurve({ ...input, routing })),
  };
}
