import { build } from '../../scripts/lib/build.mjs';

/** Builds the command line before any test calls it: two that find it out of date at the same time would both build it. */
export default function buildCommands() {
  return build('cli');
}
