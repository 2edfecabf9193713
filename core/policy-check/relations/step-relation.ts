/**
 * How two sequences of steps through a tree relate: paths of requests, of values in bodies, of elements. For builds
 * only.
 */

/** A step to a child that a test describes, or, with `descendant`, to any node below. */
export interface Step<T> {
  readonly descendant: boolean;
  readonly test: T;
}

/** Steps from a root. `open` sequences lead to everything below their ends as well. */
export interface Steps<T> {
  readonly steps: readonly Step<T>[];
  readonly open: boolean;
}

/** How tests relate. */
export interface TestRelation<A, B> {
  /** Whether everything that `b` describes, `a` describes too. */
  readonly covers: (a: A, b: B) => boolean;
  /** Whether there may be something that both describe. */
  readonly meets: (a: A, b: B) => boolean;
  /** Whether a step to any node below can pass over a node that the other's test describes; by default it can. */
  readonly passes?: (test: A | B) => boolean;
}

/** Whether `a` leads to every node that `b` leads to. `false` also where it cannot be told. */
export function coversSteps<A, B>(a: Steps<A>, b: Steps<B>, { covers, passes = always }: TestRelation<A, B>): boolean {
  return compare(a, b, (step, other, follow) => {
    if (step === undefined) return a.open || (other === undefined && !b.open);
    if (other === undefined) return false;
    if (step.descendant && passes(other.test) && follow(0, 1)) return true;
    return (step.descendant || !other.descendant) && covers(step.test, other.test) && follow(1, 1);
  });
}

/** Whether there may be a node that both lead to. */
export function stepsMeet<A, B>(a: Steps<A>, b: Steps<B>, { meets, passes = always }: TestRelation<A, B>): boolean {
  return compare(a, b, (step, other, follow) => {
    if (step === undefined) return a.open || other === undefined;
    if (other === undefined) return b.open;
    if (meets(step.test, other.test) && follow(1, 1)) return true;
    if (step.descendant && passes(other.test) && follow(0, 1)) return true;
    return other.descendant && passes(step.test) && follow(1, 0);
  });
}

function always(): boolean {
  return true;
}

type Follow = (onA: number, onB: number) => boolean;

/** Asks a question of two sequences from their beginnings, each pair of steps once. */
function compare<A, B>(
  a: Steps<A>,
  b: Steps<B>,
  ask: (step: Step<A> | undefined, other: Step<B> | undefined, follow: Follow) => boolean,
): boolean {
  const answers = new Map<number, boolean>();
  const at = (i: number, j: number): boolean => {
    const pair = i * (b.steps.length + 1) + j;
    const known = answers.get(pair);
    if (known !== undefined) return known;
    const answer = ask(a.steps[i], b.steps[j], (onA, onB) => at(i + onA, j + onB));
    answers.set(pair, answer);
    return answer;
  };
  return at(0, 0);
}
