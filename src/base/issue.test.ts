import * as v from 'valibot';
import { expect, test } from 'vitest';
import { issuePath, issueReason } from './issue';

const schema = v.record(v.string(), v.object({ kind: v.picklist(['a', 'b']) }));

function issueOf(value: unknown): v.BaseIssue<unknown> {
  const result = v.safeParse(schema, value);
  if (result.success) return expect.fail('accepted');
  return result.issues[0];
}

test('path and reason are those of the schema', () => {
  const issue = issueOf({ x: { kind: 'c' } });
  expect(issuePath(issue)).toBe('x.kind');
  expect(issueReason(issue)).toBe('Invalid type: Expected ("a" | "b") but received "c"');
  expect(issuePath(issueOf(3))).toBeUndefined();
});

test('long names and values from a file are cut and kept on one line', () => {
  const long = 'x\n'.repeat(100_000);
  const issue = issueOf({ [long]: { kind: long } });
  for (const text of [issuePath(issue)!, issueReason(issue)]) {
    expect(text.length).toBeLessThanOrEqual(201);
    expect(text).not.toContain('\n');
  }
});
