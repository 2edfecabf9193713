/**
 * Header fields with a digest of the body. None may go on as it came: it would be wrong, and it would give values away.
 * If a card number is the only unknown of a body, anybody can try all numbers against the digest.
 */
import { createHash } from "node:crypto";
import type { Header, Headers } from "./event.ts";

type Recompute = (values: readonly string[], body: Buffer) => string | undefined;

/** The algorithms of RFC 9530 and RFC 3230 that this function computes. It drops all others. */
const algorithms: Readonly<Record<string, string>> = { "sha-256": "sha256", "sha-512": "sha512" };

const recomputed: Readonly<Record<string, Recompute>> = {
  // RFC 1864: origins such as object stores refuse a body that does not match.
  "content-md5": (_, body) => digest("md5", body, "base64"),
  // Signature version 4: a Lambda function URL behind origin access control needs the digest of the new body. Any other
  // value (UNSIGNED-PAYLOAD) tells nothing about the body and stays.
  "x-amz-content-sha256": (values, body) =>
    values.every((value) => /^[0-9a-f]{64}$/i.test(value)) ? digest("sha256", body, "hex") : values.join(","),
  // RFC 9530: structured dictionaries. The content of a request and its representation are the same bytes, with their
  // content codings.
  "content-digest": (values, body) => formatDigests(values, body, (value) => `:${value}:`),
  "repr-digest": (values, body) => formatDigests(values, body, (value) => `:${value}:`),
  // RFC 3230, obsolete but in use.
  digest: (values, body) => formatDigests(values, body, (value) => value),
};

/** Dropped digests, which no origin requires: S3's checksums, x-goog-hash, and digests of the decoded body. */
const droppedPattern =
  /^(?:x-amz-checksum-.+|x-amz-sdk-checksum-algorithm|x-goog-hash|unencoded-digest|identity-digest)$/;

/** The header fields for a changed body: with new digests, or without them. */
export function replaceDigests(headers: Headers, body: Buffer): Headers {
  const entries: [string, readonly Header[]][] = [];
  for (const [name, fields] of Object.entries(headers)) {
    const recompute = Object.hasOwn(recomputed, name) ? recomputed[name] : undefined;
    if (recompute === undefined) {
      if (!droppedPattern.test(name)) entries.push([name, fields]);
      continue;
    }
    const value = recompute(
      fields.map((field) => field.value),
      body,
    );
    if (value !== undefined) entries.push([name, [{ key: fields[0]?.key ?? name, value }]]);
  }
  return Object.fromEntries(entries);
}

function formatDigests(
  values: readonly string[],
  body: Buffer,
  format: (digest: string) => string,
): string | undefined {
  const names = values
    .flatMap((value) => value.split(","))
    .map((item) => item.split("=", 1)[0]?.trim() ?? "")
    .filter((name, index, all) => Object.hasOwn(algorithms, name.toLowerCase()) && all.indexOf(name) === index);
  if (names.length === 0) return undefined;
  return names
    .map((name) => `${name}=${format(digest(algorithms[name.toLowerCase()] ?? "sha256", body, "base64"))}`)
    .join(", ");
}

function digest(algorithm: string, body: Buffer, encoding: "base64" | "hex"): string {
  return createHash(algorithm).update(body).digest(encoding);
}
