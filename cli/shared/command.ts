import { Cancelled, describeError, LabError } from '../../src/base/errors';
import { lookUpHubModels } from '../../src/platform/node/hub/models';

const FAILED = 1;
/** Wrong usage. */
const USAGE = 2;
/** As shells count a command ended by SIGINT. */
const STOPPED = 130;

/** One command of the command line: reading its arguments is apart from acting on them, so that errors of use exit with 2. */
export interface CliCommand<Request> {
  help: string;
  /** @throws LabError for wrong usage */
  parse(args: readonly string[]): Request | Promise<Request>;
  /** @returns the exit code */
  execute(request: Request, signal: AbortSignal): Promise<number>;
}

/**
 * Runs a command to its exit code: 0 done, 1 failed, 2 wrong usage, 130 stopped. Models of the hub are looked up before the
 * arguments are read, since what a plan may ask depends on the model. Ctrl-C asks it to stop; a second one does not wait.
 */
export async function runCommand<Request>(
  command: CliCommand<Request>,
  args: readonly string[],
): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.help);
    return 0;
  }
  const controller = new AbortController();
  const stop = () => (controller.signal.aborted ? process.exit(STOPPED) : controller.abort());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  let failure = FAILED;
  try {
    await lookUpHubModels(args, controller.signal);
    failure = USAGE;
    const request = await command.parse(args);
    failure = FAILED;
    return await command.execute(request, controller.signal);
  } catch (error) {
    return report(error, failure);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

function report(error: unknown, exitCode: number): number {
  if (error instanceof Cancelled) return STOPPED;
  const { message, remedy } = describeError(error);
  process.stderr.write(`${message}\n${remedy}\n`);
  // A stack helps whoever looks for the defect, and nobody else.
  if (process.env.BITCURVE_DEBUG && !(error instanceof LabError) && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  if (!(error instanceof LabError)) return FAILED;
  // Some options can be judged only beside the model or the data they go with.
  return error.code === 'bad-plan' ? USAGE : exitCode;
}
