/** Writes tokens into a request's head, within CloudFront's limits. */
import { writeEncryption } from "../../core/encrypt/encrypt-text.ts";
import type { TokenWriter } from "../../core/encrypt/token-writer.ts";
import { FieldsealError } from "../../core/errors.ts";
import type { Changes, EdgeRequest, Header, Headers } from "../event.ts";
import type { HeadPlan } from "./plan.ts";

/** The most characters of a URL: CloudFront refuses 8,192 ("Lambda\@Edge event structure"). */
const maxUrlCharacters = 8_191;

/** The most bytes of a request without its body ("Quotas on CloudFront"). */
const maxHeadBytes = 32_768;

/** The changed parts of the head. Throws `url_too_long`, `headers_too_large`, and the errors of `writeEncryption`. */
export function writeHead(
  { uri, querystring, headers }: EdgeRequest,
  plans: readonly HeadPlan[],
  writeToken: TokenWriter,
): Changes {
  let changes: Omit<Changes, "body"> = {};
  for (const { part, plan } of plans) {
    if (plan.findings.length === 0) continue;
    const text = writeEncryption(plan, writeToken);
    changes =
      part.kind === "header"
        ? { ...changes, headers: replaceHeader(changes.headers ?? headers, part.name, part.index, text) }
        : { ...changes, [part.kind]: text };
  }
  requireFitting({ uri, querystring, headers, ...changes }, changes);
  return changes;
}

function replaceHeader(headers: Headers, name: string, index: number, value: string): Headers {
  const values = (headers[name] ?? []).map((entry, at): Header => (at === index ? { ...entry, value } : entry));
  return { ...headers, [name]: values };
}

/** The head came within CloudFront's limits, so only a changed part can exceed them. */
function requireFitting(
  { uri, querystring, headers }: Pick<EdgeRequest, "uri" | "querystring" | "headers">,
  changes: Changes,
): void {
  const url = uri.length + querystring.length + (querystring === "" ? 0 : 1);
  const urlChanged = changes.uri !== undefined || changes.querystring !== undefined;
  if (urlChanged && url > maxUrlCharacters) throw new FieldsealError("url_too_long");
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    values.map(({ value }) => name.length + value.length + 4),
  );
  const head = fields.reduce((sum, length) => sum + length, url);
  const changed = urlChanged || changes.headers !== undefined;
  if (changed && head > maxHeadBytes) throw new FieldsealError("headers_too_large");
}
