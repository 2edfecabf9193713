/** The forms in which a caller of the Invoke API names a function. */

/** The name of a function, as a caller wrote it. */
export interface FunctionName {
  readonly name: string;
  /** A version or an alias; absent if the caller gave none. */
  readonly qualifier?: string;
}

/** Lambda API Reference, Invoke, FunctionName: a name, a partial ARN or an ARN, with or without a qualifier. */
const pattern = new RegExp(
  "^(?:arn:aws[a-z-]*:lambda:)?(?:[a-z]{2}(?:-[a-z]+)+-\\d:)?(?:\\d{12}:)?(?:function:)?" +
    "(?<name>[A-Za-z0-9_-]{1,64})(?::(?<qualifier>\\$LATEST|[A-Za-z0-9_-]{1,128}))?$",
);

/** The name and qualifier in a text; `undefined` if it has none of the known forms. */
export function parseFunctionName(text: string): FunctionName | undefined {
  const { name, qualifier } = pattern.exec(text)?.groups ?? {};
  if (name === undefined) return undefined;
  return qualifier === undefined ? { name } : { name, qualifier };
}
