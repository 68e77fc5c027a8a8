/** `npm run NAME`: each is cli/commands/NAME/command.ts, built on its own. */
export const COMMANDS: readonly string[] = [
  'sweep',
  'compress',
  'decompress',
  'check',
  'bench',
  'report',
  'train',
  'gguf',
  'verify',
  'validate',
];
