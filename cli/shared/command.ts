import { Cancelled, describeError, LabError } from '../../src/base/errors';
import { lookUpHubModels } from '../../src/platform/node/hub/models';

const FAILED = 1;
/** Exit code of invalid usage. */
const USAGE = 2;
/** Exit code of a command ended by SIGINT, as in shells. */
const STOPPED = 130;

/** A command of the command line. Parsing is separate from execution, so that invalid usage ends with exit code 2. */
export interface CliCommand<Request> {
  help: string;
  /** Parses the arguments. @throws LabError for invalid usage */
  parse(args: readonly string[]): Request | Promise<Request>;
  /** Executes the request. @returns the exit code */
  execute(request: Request, signal: AbortSignal): Promise<number>;
}

/**
 * Runs a command and returns its exit code: 0 done, 1 failed, 2 invalid usage, 130 stopped. Models of the hub are looked up before
 * the arguments are parsed, since the valid options of a plan depend on the model. Ctrl-C asks the command to stop; a second one
 * ends the process at once.
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
  // A stack trace helps only to find a defect.
  if (process.env.BITCURVE_DEBUG && !(error instanceof LabError) && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  if (!(error instanceof LabError)) return FAILED;
  // Whether some options are valid is known only once the model or the data is loaded.
  return error.code === 'bad-plan' ? USAGE : exitCode;
}
