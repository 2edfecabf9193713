/** The head of a request, which is everything but its body: path, query string, header fields and cookies. */
import type { Budget } from "../../core/budget.ts";
import { readForm } from "../../core/formats/form.ts";
import { isProtectableHeader } from "../../core/rule/headers.ts";
import type { RequestPart, Rule } from "../../core/rule/rule.ts";
import { detectsIn } from "../../core/rule/scope.ts";
import type { EdgeRequest } from "../event.ts";
import type { RequestText } from "../plan-text.ts";
import { readCookies } from "./cookies.ts";
import { matchesHeader, readHeader } from "./header.ts";
import { readPath } from "./path.ts";

/** Names one text of the head. `index` counts the values of a repeated header field from 0. */
export type HeadPart =
  | { readonly kind: "uri" | "querystring" }
  | { readonly kind: "header"; readonly name: string; readonly index: number };

/** One text of the head, and the rules that look into it. */
export interface HeadText extends Omit<RequestText, "acceptTokens"> {
  readonly part: HeadPart;
}

/** Lists every text that can be protected, with the rules that look into it. Only `read` parses a text. */
export function* listHead(
  { uri, querystring, headers }: EdgeRequest,
  rules: readonly Rule[],
  budget: Budget,
): Generator<HeadText> {
  const using = (place: RequestPart, selects: (rule: Rule) => boolean): Pick<HeadText, "place" | "rules"> => ({
    place,
    rules: rules.filter((rule) => selects(rule) || detectsIn(rule, place)),
  });
  const path = using("path", ({ segments }) => segments.length > 0);
  yield { ...path, part: { kind: "uri" }, source: uri, read: () => readPath(uri, path.rules) };
  const query = using("query", (rule) => rule.query.length > 0);
  const queryForm = { rules: query.rules, budget, usesOf: (rule: Rule) => rule.query };
  yield { ...query, part: { kind: "querystring" }, source: querystring, read: () => readForm(querystring, queryForm) };
  for (const [name, values] of Object.entries(headers)) {
    for (const [index, { value: source }] of values.entries()) {
      const part: HeadPart = { kind: "header", name, index };
      if (name === "cookie") {
        const cookies = using("cookies", (rule) => rule.cookies.length > 0);
        yield { ...cookies, part, source, read: () => readCookies(source, cookies.rules) };
      } else if (isProtectableHeader(name)) {
        const header = using("headers", (rule) => rule.headers.some(({ use }) => matchesHeader(use, name)));
        yield { ...header, part, source, read: () => readHeader(name, source, header.rules) };
      }
    }
  }
}
