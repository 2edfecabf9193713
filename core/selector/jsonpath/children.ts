/** Visits the direct children of objects and arrays, within a budget. */
import { type Budget, spend } from "../../budget.ts";
import { FieldsealError } from "../../errors.ts";
import { type JsonDocument, kindOf, nameOf, nameStartOf, nextOf } from "../../text/json-document.ts";

/** A document, and the budget of work on it. */
export interface Walk {
  readonly document: JsonDocument;
  readonly budget: Budget;
}

/** Visits the values in an object or array in order. Throws `too_complex`. */
export function eachChild({ document, budget }: Walk, node: number, visit: (child: number) => void): void {
  const end = nextOf(document, node);
  for (let child = node + 1; child < end; child = nextOf(document, child)) {
    spend(budget, 1);
    visit(child);
  }
}

/** Throws `duplicate_member` if two members of an object have the same name. */
export function requireDistinctNames(walk: Walk, node: number): void {
  const { document } = walk;
  if (kindOf(document, node) !== "object") return;
  const names = new Set<string>();
  eachChild(walk, node, (child) => {
    const name = nameOf(document, child);
    if (names.has(name)) throw duplicateMember(document, child);
    names.add(name);
  });
}

/** The error for a member with the name of another one. */
export function duplicateMember(document: JsonDocument, child: number): FieldsealError {
  return new FieldsealError("duplicate_member", { offset: nameStartOf(document, child) });
}
