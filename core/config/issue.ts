/** What is wrong or doubtful in a configuration, as data with its place. */
import { type ErrorCode, FieldsealError } from "../errors.ts";

/** Where in a configuration, as a JSON path: `$.rules[0].body[1]`. */
export type ConfigPlace = string;

/** A mistake, or something doubtful. */
export interface Issue {
  /** With an error nothing is built. A warning is about what is valid and has no effect, or an unexpected one. */
  readonly severity: "error" | "warning";
  readonly code: ErrorCode;
  readonly place: ConfigPlace;
  readonly reason: string;
  /** Where in the text at the place: UTF-16 code units. */
  readonly offset?: number;
  /** That the member's name is meant, and not its value. */
  readonly atName?: true;
}

/** The place of a member, or of an item, of the value at another place. */
export function placeOf(parent: ConfigPlace, name: string | number): ConfigPlace {
  if (typeof name === "number") return `${parent}[${name}]`;
  return /^[$A-Za-z_][$\w]*$/.test(name) ? `${parent}.${name}` : `${parent}[${JSON.stringify(name)}]`;
}

/** Whether there are errors at a place, or at one within it. */
export function hasErrors(issues: readonly Issue[], place: ConfigPlace): boolean {
  return issues.some((issue) => issue.severity === "error" && issue.place.startsWith(place));
}

/** What a check that failed says, as an issue at a place where the check names none. */
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

/** What a check gives. Adds a place to the error that it throws, where that names none. */
export function withPlace<T>(place: ConfigPlace, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof FieldsealError)) throw error;
    throw new FieldsealError(error.code, { place, ...error.facts });
  }
}

/**
 * One error for all errors among the issues; `undefined` where there are none. `format` writes those after the first.
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
