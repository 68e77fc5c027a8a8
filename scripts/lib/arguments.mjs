import { parseArgs } from 'node:util';
import { Failure } from './terminal.mjs';

/** Returns a failure for invalid usage of a script, with exit code 2. */
export function usage(message, remedy) {
  return new Failure(message, remedy, 2);
}

/**
 * Reads the options of a script. --help prints `help` and ends the process.
 * @param spec options of parseArgs
 * @throws Failure with exit code 2 for unknown arguments
 */
export function readArguments(spec, help, args = process.argv.slice(2)) {
  try {
    const { values } = parseArgs({
      args,
      options: { ...spec, help: { type: 'boolean', short: 'h' } },
      allowPositionals: false,
    });
    if (!values.help) return values;
  } catch (error) {
    throw usage(
      error.message.split('. ')[0] + '.',
      `Known options: ${Object.keys(spec)
        .map((k) => `--${k}`)
        .join(', ')}, --help.`,
    );
  }
  process.stdout.write(help);
  process.exit(0);
}

/** Parses a port, or returns the fallback if there is none. @throws Failure with exit code 2 */
export function readPort(text, fallback) {
  if (text === undefined) return fallback;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw usage(`"${text}" is not a port.`, 'Give --port a whole number from 1 to 65535.');
}
