/** Compares selectors by names: names of fields, XML paths, and JSONPath by its member names. For builds only. */
import type { FieldPattern } from "../../selector/field-name.ts";
import type { Query, Selector } from "../../selector/jsonpath/syntax.ts";
import type { Wildcard } from "../../selector/wildcard.ts";
import type { XmlPath } from "../../selector/xml-path.ts";
import { coversSteps, type Step, type Steps, stepsMeet, type TestRelation } from "./step-relation.ts";
import { coversWildcard, wildcardsMeet } from "./wildcard-relation.ts";

/** The names of the nodes that a step selects. `names` is `undefined` if they are unknown. */
interface NameTest {
  readonly names: readonly Wildcard[] | undefined;
  /** In XML: the names are of attributes (`true`) or elements (`false`). `undefined` for both. */
  readonly attribute: boolean | undefined;
}

/** What a selector selects, by names alone. */
export interface NamePath {
  readonly steps: readonly Step<NameTest>[];
  /** The selector takes only some items of an array on the way. */
  readonly partial?: boolean;
}

/** The path of a name in `fields`: it selects fields at any depth. */
export function fieldPath({ components }: FieldPattern): NamePath {
  return {
    steps: components.map((name, index) => ({
      descendant: index === 0,
      test: { names: [name], attribute: undefined },
    })),
  };
}

/** The path of a selector of `xml`. */
export function xmlNamePath({ steps, attribute }: XmlPath): NamePath {
  const elements = steps.map(({ descendant, name }) => ({ descendant, test: { names: [name], attribute: false } }));
  return {
    steps:
      attribute === undefined
        ? elements
        : [...elements, { descendant: false, test: { names: [attribute], attribute: true } }],
  };
}

/** The path of a query. Items of arrays are left out, because `fields` does not count them as names either. */
export function queryNamePath({ segments }: Query): NamePath {
  const steps: Step<NameTest>[] = [];
  const partial = segments.some(({ selectors }) => selectors.some(isPosition));
  let passed = false;
  for (const { descendant = false, selectors } of segments) {
    if (selectors.every(isPosition)) {
      passed ||= descendant;
      continue;
    }
    const names = selectors.flatMap((selector) => (selector.kind === "name" ? [[selector.name]] : []));
    steps.push({
      descendant: descendant || passed,
      test: { names: names.length === selectors.length ? names : undefined, attribute: undefined },
    });
    passed = false;
  }
  return { steps, partial };
}

function isPosition({ kind }: Selector): boolean {
  return kind === "index" || kind === "slice";
}

const relation: TestRelation<NameTest> = {
  covers: (a, b) =>
    (a.attribute === undefined || a.attribute === b.attribute) &&
    a.names !== undefined &&
    (b.names?.every((name) => a.names?.some((own) => coversWildcard(own, name))) ?? false),
  meets: (a, b) =>
    (a.attribute === undefined || b.attribute === undefined || a.attribute === b.attribute) &&
    (a.names === undefined ||
      b.names === undefined ||
      a.names.some((own) => b.names?.some((name) => wildcardsMeet(own, name)))),
};

/** True if `a` surely selects everything that `b` selects. */
export function coversNames(a: NamePath, b: NamePath): boolean {
  if (a.partial === true) return false;
  if (coversSteps(close(a), close(b), relation)) return true;
  // A path to an element does not select the attributes of that element.
  const isAttribute = b.steps.at(-1)?.test.attribute === true;
  return coversSteps(
    { steps: a.steps, open: true },
    close({ steps: isAttribute ? b.steps.slice(0, -2) : b.steps }),
    relation,
  );
}

/** True if both may select the same value. */
export function namesMeet(a: NamePath, b: NamePath): boolean {
  return stepsMeet(close(a), close(b), relation);
}

function close({ steps }: NamePath): Steps<NameTest> {
  return { steps, open: false };
}
