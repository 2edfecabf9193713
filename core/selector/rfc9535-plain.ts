/** JSONPath as RFC 9535 has it, for bundles whose policies use neither `match` nor `search`. */
import { FieldsealError } from "../errors.ts";
import { createEngine } from "./engine.ts";

export const loadRfc9535 = createEngine(() => () => {
  throw new FieldsealError("internal_error");
});
