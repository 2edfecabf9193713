/** JSONPath (RFC 9535). */
import { createEngine } from "./engine.ts";
import { createFilter } from "./filter.ts";

/** The engine with filters. */
export const loadRfc9535 = createEngine(createFilter);
