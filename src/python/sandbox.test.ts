import { expect, test } from 'vitest';
import { PythonSandbox } from './sandbox';

test('a worker that ended between two programs is replaced', async () => {
  const ends: ((reason: string) => void)[] = [];
  const sandbox = new PythonSandbox(({ onMessage, onEnd }) => {
    ends.push(onEnd);
    return {
      post: (message) =>
        onMessage(
          message.type === 'start'
            ? { type: 'ready', version: 'none' }
            : { type: 'result', id: message.id, reusable: true },
        ),
      terminate: () => undefined,
    };
  });
  expect(await sandbox.run('first')).toEqual({});
  ends[0]('the browser ended it');
  expect(await sandbox.run('second')).toEqual({});
  expect(ends).toHaveLength(2);
});
