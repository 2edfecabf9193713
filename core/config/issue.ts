/** Mistakes and warnings about a configuration, as data with a place. */
import { type ErrorCode, FieldsealError } from "../errors.ts";

/** A place in a configuration, as a JSON path: `$.rules[0].body[1]`. */
export type ConfigPlace = string;

/** A mistake or a warning. */
export interface Issue {
  /** `error`: nothing is built. `warning`: valid, but without effect or with an unexpected one. */
  readonly severity: "error" | "warning";
  readonly code: ErrorCode;
  readonly place: ConfigPlace;
  readonly reason: string;
  /** In the string at the place, in UTF-16 code units. */
  readonly offset?: number;
  /** The issue is about the name of the member, not its value. */
  readonly atName?: true;
}

/** The place of a member or an item of the value at `parent`. */
export function placeOf(parent: ConfigPlace, name: string | number): ConfigPlace {
  if (typeof name === "number") return `${parent}[${name}]`;
  return /^[$A-Za-z_][$\w]*$/.test(name) ? `${parent}.${name}` : `${parent}[${JSON.stringify(name)}]`;
}

/** True if there is an error at a place or within it. */
export function hasErrors(issues: readonly Issue[], place: ConfigPlace): boolean {
  return issues.some((issue) => issue.severity === "error" && issue.place.startsWith(place));
}

/** Makes an issue of an error. `place` is for errors that name no place. */
export function issueOf({ code, facts, message }: FieldsealError, place: ConfigPlace): Issue {
  const { offset } = facts;
  return {
    severity: "error",
    code,
    place: facts.place ?? place,
    reason: facts.reason ?? message,
    ...(offset === undefined ? {} : { offset }),
  };
}

/** Returns the result of `check`. Adds the place to a FieldsealError that names no place. */
export function withPlace<T>(place: ConfigPlace, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof FieldsealError)) throw error;
    throw new FieldsealError(error.code, { place, ...error.facts });
  }
}

/**
 * Joins the errors among the issues to one error; `undefined` without errors. `format` writes each error after the
 * first, on a line of its own.
 */
export function joinIssues(
  issues: readonly Issue[],
  format: (issue: Issue) => string = formatIssue,
): FieldsealError | undefined {
  const [first, ...others] = issues.filter(({ severity }) => severity === "error");
  if (first === undefined) return undefined;
  const { code, place, offset } = first;
  const reason = [first.reason, ...others.map(format)].join("\n");
  return new FieldsealError(code, { place, reason, ...(offset === undefined ? {} : { offset }) });
}

/** `at $.rules[0].body[1], character 5: The selector …` */
export function formatIssue({ place, offset, reason }: Issue): string {
  return `at ${place}${offset === undefined ? "" : `, character ${offset + 1}`}: ${reason}`;
}
