/**
 * The dialect of the library jsonpath-plus, for expressions with its extensions: parent `^`, names `~`, type selectors,
 * `[?(…)]`. The library evaluates them. A build refuses what the library would misread. Results are mapped to the
 * source by parent object and property, never by the path that the library reports.
 */
import { JSONPath } from "jsonpath-plus";
import { type Budget, spend } from "../../budget.ts";
import { isRecord } from "../../config/config-value.ts";
import { withPlace } from "../../config/issue.ts";
import { FieldsealError } from "../../errors.ts";
import { decodeString, type JsonDocument, kindOf, literalOf, nameOf, parentOf } from "../../text/json-document.ts";
import type { Dialect, SelectorText } from "../dialect.ts";
import type { LoadSelectors, Target } from "../select.ts";
import { type Expression, parseExpression } from "./grammar.ts";

/** The library recurses several frames a level, and overflows the stack at a depth of about 1,000. */
const maxDepth = 200;

/** Steps of the budget for one step of the library. */
const stepCost = 5;

/** Checks and compiles expressions. */
export const jsonpathPlus: Dialect = {
  name: "jsonpath-plus",
  compile: (selectors) => ({ dialect: "jsonpath-plus", expressions: selectors.map(compileExpression) }),
};

/** Evaluates expressions with the library. */
export const loadJsonpathPlus: LoadSelectors = (compiled) => {
  if (compiled.dialect !== "jsonpath-plus") return undefined;
  const { expressions } = compiled;
  return (document, budget) => {
    if (document.depth > maxDepth) throw new FieldsealError("too_deep");
    const source = materialize(document);
    expressions.forEach((expression) => requireNoOperatorNames(source, expression));
    return expressions.flatMap((expression, selector) => evaluate(expression, selector, document, source, budget));
  };
};

function compileExpression({ text, place }: SelectorText): Expression {
  return withPlace(place, () => {
    const expression = parseExpression(text);
    const tokens: unknown = JSONPath.toPathArray(text);
    if (JSON.stringify(tokens) !== JSON.stringify(expression.tokens)) {
      throw new FieldsealError("policy_invalid", {
        reason: `Selector ${JSON.stringify(text)}: jsonpath-plus would not read it as it is written.`,
      });
    }
    return expression;
  });
}

/** The value of a body for the library, and the node of each of its objects and arrays. */
interface Source {
  readonly value: unknown;
  readonly nodes: ReadonlyMap<object, number>;
  readonly children: ReadonlyMap<number, ReadonlyMap<string, number>>;
  readonly names: ReadonlySet<string>;
}

/** Builds the value of a body. Throws `duplicate_member`, because an object can hold only one of two such members. */
function materialize(document: JsonDocument): Source {
  const values: unknown[] = [];
  const nodes = new Map<object, number>();
  const children = new Map<number, Map<string, number>>();
  const names = new Set<string>();
  for (let node = 0; node < document.size; node++) {
    const value = createValue(document, node);
    values.push(value);
    if (typeof value === "object" && value !== null) {
      nodes.set(value, node);
      children.set(node, new Map());
    }
    const parent = parentOf(document, node);
    const siblings = children.get(parent);
    if (siblings === undefined) continue;
    const container = values[parent];
    const name = Array.isArray(container) ? String(siblings.size) : nameOf(document, node);
    if (siblings.has(name)) throw new FieldsealError("duplicate_member");
    siblings.set(name, node);
    if (Array.isArray(container)) {
      container.push(value);
    } else if (typeof container === "object" && container !== null) {
      names.add(name);
      Reflect.set(container, name, value);
    }
  }
  return { value: values[0], nodes, children, names };
}

function createValue(document: JsonDocument, node: number): unknown {
  const literal = literalOf(document, node);
  switch (kindOf(document, node)) {
    case "object":
      return Object.create(null);
    case "array":
      return [];
    case "string":
      return decodeString(literal);
    case "number":
      // The library's type selectors do not count infinity as a number.
      return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(literal)));
    case "boolean":
      return literal === "true";
    default:
      return null;
  }
}

/** Throws if a member has the name of an operator: the library would follow the member instead. */
function requireNoOperatorNames({ names }: Source, { operators }: Expression): void {
  if (operators.some((operator) => names.has(operator))) throw new FieldsealError("selector_failed");
}

function evaluate(
  expression: Expression,
  selector: number,
  document: JsonDocument,
  source: Source,
  budget: Budget,
): Target[] {
  if (document.depth === 0) {
    // The library selects nothing in some scalars.
    return expression.tokens.length === 1 ? [{ node: 0, part: "value", selector }] : [];
  }
  spend(budget, estimateCost(expression, document));
  const found = query(expression.text, source.value);
  const targets = new Map<number, Target>();
  for (const result of found) {
    const target = locateTarget(result, expression, selector, source);
    if (target !== undefined) targets.set(target.node, target);
  }
  return [...targets.values()];
}

/**
 * An upper bound: each further descent can start again at every level, each further step from a parent at every node.
 */
function estimateCost({ descents, returns, unions }: Expression, { size, depth }: JsonDocument): number {
  return stepCost * size * unions * (depth + 1) ** Math.max(0, descents - 1) * size ** returns;
}

function query(path: string, json: unknown): readonly unknown[] {
  try {
    const found: unknown = Reflect.apply(JSONPath, undefined, [
      { path, json, resultType: "all", eval: "safe", wrap: true },
    ]);
    return Array.isArray(found) ? found : [];
  } catch {
    // Usually a filter reads a member of a value that is not an object. What it would select is unknown.
    throw new FieldsealError("selector_failed");
  }
}

function locateTarget(
  result: unknown,
  { selectsNames }: Expression,
  selector: number,
  { nodes, children, value: root }: Source,
): Target | undefined {
  if (!isRecord(result)) throw new FieldsealError("selector_failed");
  const { parent, parentProperty, value } = result;
  if (!selectsNames && value === root) return { node: 0, part: "value", selector };
  if (typeof parent !== "object" || parent === null) {
    // The root has no name.
    if (selectsNames) return undefined;
    throw new FieldsealError("selector_failed");
  }
  const property = selectsNames ? value : parentProperty;
  const parentNode = nodes.get(parent);
  const node = parentNode === undefined ? undefined : children.get(parentNode)?.get(String(property));
  if (node === undefined) throw new FieldsealError("selector_failed");
  if (!selectsNames) return { node, part: "value", selector };
  // The index of an element is not written in the body.
  return Array.isArray(parent) ? undefined : { node, part: "name", selector };
}
