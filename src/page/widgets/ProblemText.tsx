import type { Problem } from '../plan/draft';

/** Says what is wrong with an input, and how to correct it. */
export function ProblemText({ problem: { message, remedy } }: { problem: Problem }) {
  return (
    <p className="problem" role="alert">
      <strong>{message}</strong> {remedy}
    </p>
  );
}
