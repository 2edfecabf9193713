/** JSONPath as RFC 9535 has it, with all of its functions. */
import { createEngine } from "./engine.ts";
import { createTextMatcher } from "./text-matcher.ts";

export const loadRfc9535 = createEngine(createTextMatcher);
