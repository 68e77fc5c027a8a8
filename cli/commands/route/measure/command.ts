import { Cancelled } from '../../../../src/base/errors';
import { formatCodec } from '../../../../src/codecs/contract/spec';
import { cascadeOf } from '../../../../src/lab/routing/measure';
import {
  isSameVariant,
  RoutingSession,
  type MeasuredVariant,
  type Variant,
} from '../../../../src/lab/routing/session';
import { routingSection } from '../../../../src/lab/routing/table';
import { writeWhole } from '../../../../src/platform/node/writeFile';
import { runCommand } from '../../../shared/command';
import { followWork } from '../../../shared/followWork';
import { openMeasuringLab } from '../../../shared/measuringLab';
import { parseRoute, ROUTE_HELP, type RouteMeasureRequest } from './options';
import { reportHead } from './report';

/** Runs `npm run route`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: ROUTE_HELP, parse: parseRoute, execute: measureAll }, args);
}

async function measureAll(asked: RouteMeasureRequest, signal: AbortSignal): Promise<number> {
  const { pairs, request, out, alone: spec, ...choice } = asked;
  const lab = await openMeasuringLab(asked);
  const sections: string[] = [];
  try {
    const head = reportHead(lab, spec !== undefined);
    let large: MeasuredVariant | undefined;
    let alone: MeasuredVariant | undefined;
    const timed = choice.pricePerHour !== undefined;
    let session = new RoutingSession(lab, request, { timed });
    for (const pair of pairs) {
      if (pair.large.model !== large?.variant.model) {
        session = new RoutingSession(lab, request, { timed });
        await session.check([pair.large.model, pair.small.model], signal);
        large = await measure(session, pair.large, signal);
      }
      const small = await measure(session, pair.small, signal);
      const single = spec && { model: pair.small.model, spec };
      // It may be one of the two variants, and is then not measured again.
      if (single)
        alone = measuredAs(single, [small, large, alone]) ?? (await measure(session, single, signal));
      const section = routingSection(cascadeOf({ small, large, alone }, request, choice), request);
      sections.push(section);
      process.stdout.write(`${section}\n`);
      if (out !== undefined) await writeWhole(out, [head, ...sections].join('\n'));
    }
    return 0;
  } catch (error) {
    if (error instanceof Cancelled && sections.length > 0)
      process.stderr.write(
        `Stopped after ${sections.length} of ${pairs.length} pairs${out === undefined ? '' : `, which are in ${out}`}.\n`,
      );
    throw error;
  } finally {
    lab.gpu?.destroy();
  }
}

function measuredAs(wanted: Variant, measured: readonly (MeasuredVariant | undefined)[]) {
  return measured.find((each) => each && isSameVariant(each.variant, wanted));
}

function measure(session: RoutingSession, variant: Variant, signal: AbortSignal): Promise<MeasuredVariant> {
  return followWork(`${variant.model} ${formatCodec(variant.spec)}`, (onProgress) =>
    session.measure(variant, { signal, onProgress }),
  );
}
