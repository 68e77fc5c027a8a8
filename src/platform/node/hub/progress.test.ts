import { expect, test } from 'vitest';
import { DownloadBar } from './progress';

function logged() {
  const terminal = { isTTY: false, text: '', write: (more: string) => (terminal.text += more) };
  return terminal;
}

const at = (loaded: number, more = {}) => ({
  file: 'model.safetensors',
  loaded,
  total: 350e6,
  bytesPerSecond: 5e6,
  secondsLeft: 35,
  ...more,
});

test('a log has bytes, rate and remaining time', () => {
  const terminal = logged();
  let now = 0;
  const bar = new DownloadBar('owner/name', terminal, () => now);
  now = 35_000;
  bar.update(at(175e6));
  expect(terminal.text).toBe(
    'owner/name  50 %, 35 s gone, 35 s left: 175 MB of 350 MB, 5.00 MB/s, model.safetensors\n',
  );
});

test('a pause is reported once, without a remaining time', () => {
  const terminal = logged();
  const bar = new DownloadBar('owner/name', terminal, () => 0);
  const waiting = { bytesPerSecond: 0, secondsLeft: undefined, waiting: 'The hub requests a pause.' };
  bar.update(at(1e6, waiting));
  bar.update(at(1e6, waiting));
  expect(terminal.text).toBe(
    'The hub requests a pause.\nowner/name   0 %, < 1 s gone: 1.00 MB of 350 MB, model.safetensors\n',
  );
});
