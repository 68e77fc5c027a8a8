import { build } from '../../scripts/lib/build.mjs';

/** Builds the command line before the tests, since two tests that find it outdated would build it at the same time. */
export default function buildCommands() {
  return build('cli');
}
