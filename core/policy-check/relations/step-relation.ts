/** Compares two sequences of steps through a tree: paths of requests, values or elements. For builds only. */

/** A step to the children that a test accepts, or with `descendant` to all such nodes below. */
export interface Step<T> {
  readonly descendant: boolean;
  readonly test: T;
}

/** Steps from a root. `open`: also to everything below the last step. */
export interface Steps<T> {
  readonly steps: readonly Step<T>[];
  readonly open: boolean;
}

/** Compares two tests. */
export interface TestRelation<T> {
  /** `a` accepts everything that `b` accepts. */
  readonly covers: (a: T, b: T) => boolean;
  /** Both may accept the same node. */
  readonly meets: (a: T, b: T) => boolean;
  /** A `descendant` step can skip a node that the other's test accepts. Default: always. */
  readonly passes?: (test: T) => boolean;
}

/** True if `a` surely leads to every node that `b` leads to. */
export function coversSteps<T>(
  a: Steps<T>,
  b: Steps<T>,
  { covers, passes = always }: Omit<TestRelation<T>, "meets">,
): boolean {
  return compare(a, b, (step, other, follow) => {
    if (step === undefined) return a.open || (other === undefined && !b.open);
    if (other === undefined) return false;
    if (step.descendant && passes(other.test) && follow(0, 1)) return true;
    return (step.descendant || !other.descendant) && covers(step.test, other.test) && follow(1, 1);
  });
}

/** True if both may lead to the same node. */
export function stepsMeet<T>(
  a: Steps<T>,
  b: Steps<T>,
  { meets, passes = always }: Omit<TestRelation<T>, "covers">,
): boolean {
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

/** Answers `ask` for the first steps of both. It asks from the ends on, so that `follow` knows the answers. */
function compare<T>(
  a: Steps<T>,
  b: Steps<T>,
  ask: (step: Step<T> | undefined, other: Step<T> | undefined, follow: Follow) => boolean,
): boolean {
  let following: boolean[] = [];
  for (let i = a.steps.length; i >= 0; i--) {
    const row: boolean[] = [];
    for (let j = b.steps.length; j >= 0; j--) {
      const follow: Follow = (onA, onB) => (onA === 0 ? row : following)[j + onB] === true;
      row[j] = ask(a.steps[i], b.steps[j], follow);
    }
    following = row;
  }
  return following[0] === true;
}
