/** JSONPath (RFC 9535) for bundles whose policies have no filters. */
import { FieldsealError } from "../../errors.ts";
import { createEngine } from "./engine.ts";

/** The engine without filters. */
export const loadRfc9535 = createEngine(() => () => {
  throw new FieldsealError("internal_error");
});
