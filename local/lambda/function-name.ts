/** The ways in which the Invoke API lets a caller name a function. */

/** The name of a function, as a caller gave it. */
export interface FunctionName {
  readonly name: string;
  /** A version or an alias; absent where the caller gave none. */
  readonly qualifier?: string;
}

/** Of the Lambda API reference, Invoke, FunctionName: a name, a partial ARN or an ARN, with or without a qualifier. */
const pattern = new RegExp(
  "^(?:arn:aws[a-z-]*:lambda:)?(?:[a-z]{2}(?:-[a-z]+)+-\\d:)?(?:\\d{12}:)?(?:function:)?" +
    "(?<name>[A-Za-z0-9_-]{1,64})(?::(?<qualifier>\\$LATEST|[A-Za-z0-9_-]{1,128}))?$",
);

/** The name and qualifier that a text means, or undefined where it is none of the known forms. */
export function parseFunctionName(text: string): FunctionName | undefined {
  const { name, qualifier } = pattern.exec(text)?.groups ?? {};
  if (name === undefined) return undefined;
  return qualifier === undefined ? { name } : { name, qualifier };
}
