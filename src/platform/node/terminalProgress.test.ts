import { describe, expect, test } from 'vitest';
import { TerminalProgress, type Terminal } from './terminalProgress';

function terminal(isTTY: boolean): Terminal & { text: string } {
  return {
    isTTY,
    columns: 60,
    text: '',
    write(more) {
      this.text += more;
    },
  };
}

const at = (fraction: number) => ({
  fraction,
  step: 'rtn(bits=4): measuring',
  elapsedMs: 3000,
  remainingMs: 9000,
});

describe('on a terminal', () => {
  test('draws one line that fits the width, at most ten times a second', () => {
    const out = terminal(true);
    let now = 0;
    const bar = new TerminalProgress(out, () => now);
    bar.start('stories260K');
    for (; now < 1000; now += 10) bar.update(at(now / 1000));
    const lines = out.text.split('\r\u001b[2K').slice(1);
    expect(lines.length).toBe(10);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60);
    expect(lines[5]).toContain('50 %');
    expect(out.text).not.toContain('\n');
  });

  test('writes messages above the bar and can erase the bar', () => {
    const out = terminal(true);
    const bar = new TerminalProgress(out, () => 0);
    bar.start('m');
    bar.update(at(0.5));
    bar.say('nf4 failed');
    expect(out.text.endsWith('\r\u001b[2Knf4 failed\n')).toBe(true);
    const before = out.text;
    bar.clear();
    expect(out.text).toBe(before);
  });
});

test('in a log, writes a line for every tenth and no control characters', () => {
  const out = terminal(false);
  const bar = new TerminalProgress(out, () => 0);
  bar.start('stories260K');
  for (let i = 0; i <= 1000; i++) bar.update(at(i / 1000));
  const lines = out.text.trimEnd().split('\n');
  expect(lines.length).toBe(11);
  expect(lines[0]).toBe('stories260K   0 %, 3 s gone, 9 s left: rtn(bits=4): measuring');
  expect(out.text).not.toMatch(/[\r\u001b]/);
});
