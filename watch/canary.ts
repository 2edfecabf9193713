/** Sends a fake record through the distribution. Checks that the origin got only tokens, and the reader opens them. */
import { randomUUID } from "node:crypto";
import { ConfigValue } from "../core/config/config-value.ts";

/** The canary's request, and the place where the origin shows the stored record. */
export interface Canary {
  readonly url: string;
  /** The body of the request, with `{{canary}}` in every protected field. */
  readonly body: string;
  readonly contentType: string;
  /** The URL of the stored record; `undefined` if the answer to the request shows it. */
  readonly readUrl: string | undefined;
  /** The prefixes of all recipients. The stored record must hold at least one of them. */
  readonly prefixes: readonly string[];
}

/** The tools of the canary. */
export interface CanaryPorts {
  readonly fetch: typeof globalThis.fetch;
  /** Asks the reader to restore a text. */
  readonly restore: (body: string, contentType: string) => Promise<string>;
  /** Writes one line, which is JSON. */
  readonly log: (line: string) => void;
}

/** Reads a canary from its JSON value. Throws `reader_invalid` with place and reason. */
export function parseCanary(value: unknown): Canary {
  const canary = new ConfigValue(value, "$", "reader_invalid");
  canary.allow("url", "body", "contentType", "readUrl", "prefixes");
  const body = canary.member("body").text();
  if (!body.includes("{{canary}}"))
    throw canary.member("body").refuse("Expected {{canary}} in the place of each protected value.");
  return {
    url: canary.member("url").text(),
    body,
    contentType: canary.optional("contentType")?.text() ?? "application/json",
    readUrl: canary.optional("readUrl")?.text(),
    prefixes: canary
      .member("prefixes")
      .items(1)
      .map((prefix) => prefix.text()),
  };
}

/**
 * Sends the record once, and logs one line with the metric `canary`: 1 for success, else 0. Gives true for success, and
 * never rejects. The line says what is wrong, and holds nothing of the origin's answer. Takes at most 20 seconds, and
 * the time of the reader.
 */
export async function runCanary(
  canary: Canary,
  namespace: string,
  { fetch, restore, log }: CanaryPorts,
): Promise<boolean> {
  const value = `fieldseal-canary-${randomUUID()}`;
  const says = await probe(canary, value, { fetch, restore }).catch(
    (error: unknown) => `failed (${error instanceof Error ? error.name : "unknown"})`,
  );
  const metrics = [{ Namespace: namespace, Dimensions: [[]], Metrics: [{ Name: "canary", Unit: "Count" }] }];
  log(
    JSON.stringify({
      _aws: { Timestamp: Date.now(), CloudWatchMetrics: metrics },
      canary: says === undefined ? 1 : 0,
      says: says ?? "ok",
    }),
  );
  return says === undefined;
}

/** Says what is wrong; `undefined` if nothing is. */
async function probe(
  canary: Canary,
  value: string,
  { fetch, restore }: Omit<CanaryPorts, "log">,
): Promise<string | undefined> {
  const headers = { "content-type": canary.contentType, "x-fieldseal-canary": "1" };
  const signal = AbortSignal.timeout(20_000);
  const answer = await fetch(canary.url, {
    method: "POST",
    headers,
    body: canary.body.replaceAll("{{canary}}", value),
    signal,
  });
  if (!answer.ok) return `the distribution answered ${answer.status}`;
  const stored =
    canary.readUrl === undefined
      ? answer
      : await fetch(canary.readUrl, { headers: { "x-fieldseal-canary": "1" }, signal });
  if (!stored.ok) return `reading back was answered with ${stored.status}`;
  const text = await stored.text();
  if (text.includes(value)) return "the origin saw plaintext";
  if (!canary.prefixes.some((prefix) => text.includes(prefix))) return "the origin shows no token";
  const restored = await restore(text, canary.contentType);
  return restored.includes(value) ? undefined : "the reader did not restore the value";
}
