/** The methods that a request can be taken to have. */
import { type EdgeRequest, headerValues } from "./event.ts";

const methodOverrides = ["x-http-method-override", "x-http-method", "x-method-override"] as const;

/** The request's method, and those that frameworks would treat it as. */
export function methodsOf({ method, headers, querystring }: EdgeRequest): readonly string[] {
  const overrides = methodOverrides.flatMap((name) => headerValues(headers, name));
  for (const [name, value] of new URLSearchParams(querystring)) if (name === "_method") overrides.push(value);
  return [method, ...overrides.map((override) => override.trim().toUpperCase())];
}
