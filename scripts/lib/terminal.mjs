/** A failure that the user can resolve: what happened, what to do, and the exit code. */
export class Failure extends Error {
  constructor(message, remedy, exitCode = 1) {
    super(message);
    this.remedy = remedy;
    this.exitCode = exitCode;
  }
}

/** Runs the main function of a script. A Failure is printed to stderr; any other error is thrown with its stack trace. */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? process.exitCode ?? 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`${error.message}\n${error.remedy}\n`);
    process.exitCode = error.exitCode;
  }
}

/** Formats a duration: "0.8 s", "2 min 05 s". */
export function seconds(ms) {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
