/**
 * The dialect of the jsonpath-plus library, for users who bring expressions with its own extensions: parent `^`,
 * names `~`, type selectors, `[?(…)]`. The library evaluates. A build refuses what the library would misread, and its
 * results lead back to the source by parent object and property, never by the path that it reports.
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

/** The library recurses several frames a level and overflows its stack at a depth of about 1,000. */
const maxDepth = 200;

/** What one step of the library costs in steps of the budget. */
const stepCost = 5;

/** How expressions are checked. */
export const jsonpathPlus: Dialect = {
  name: "jsonpath-plus",
  compile: (selectors) => ({ dialect: "jsonpath-plus", expressions: selectors.map(compileExpression) }),
};

/** The engine. */
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
        reason: `Selector ${JSON.stringify(text)}: jsonpath-plus would read it in another way than it is written.`,
      });
    }
    return expression;
  });
}

/** A body's value as the library reads it, and the node of each of its objects and arrays. */
interface Source {
  readonly value: unknown;
  readonly nodes: ReadonlyMap<object, number>;
  readonly children: ReadonlyMap<number, ReadonlyMap<string, number>>;
  readonly names: ReadonlySet<string>;
}

/** Builds the body's value. Throws `duplicate_member`: the library could only be shown one of two members. */
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
      // An infinity is no number to the library's type selectors.
      return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, Number(literal)));
    case "boolean":
      return literal === "true";
    default:
      return null;
  }
}

/** A member that is named like an operator of the expression would be followed in the operator's place. */
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
 * An upper bound: each further descent can start anew at every level, each further step from a parent at every node.
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
    // Mostly a filter that reads a member of what is no object: what it would have selected is unknown.
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
