/** The methods under which a framework may handle a request. */
import { type EdgeRequest, headerValues } from "./event.ts";

const methodOverrides = ["x-http-method-override", "x-http-method", "x-method-override"] as const;

/** The request's method first, then the overrides that frameworks accept, in capitals. */
export function methodsOf({ method, headers, querystring }: EdgeRequest): readonly string[] {
  const overrides = methodOverrides.flatMap((name) => headerValues(headers, name));
  for (const [name, value] of new URLSearchParams(querystring)) if (name === "_method") overrides.push(value);
  return [method, ...overrides.map((override) => override.trim().toUpperCase())];
}
