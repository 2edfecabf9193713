/**
 * Header fields that hold a digest of the body. None may go on as it came: it would no longer be true, and the digest
 * of a body whose only unknown is a card number gives the number away to anybody who tries them all.
 */
import { createHash } from "node:crypto";
import type { Header, Headers } from "./event.ts";

type Recompute = (values: readonly string[], body: Buffer) => string | undefined;

/** RFC 9530 and RFC 3230 names of the algorithms that are computed anew; all others are dropped. */
const algorithms: Readonly<Record<string, string>> = { "sha-256": "sha256", "sha-512": "sha512" };

const recomputed: Readonly<Record<string, Recompute>> = {
  // RFC 1864: origins such as object stores refuse a body that does not fit it.
  "content-md5": (_, body) => digest("md5", body, "base64"),
  // Signature version 4: a Lambda function URL behind an origin access control needs the digest of what arrives.
  // Anything but a digest (UNSIGNED-PAYLOAD) says nothing of the body and stays.
  "x-amz-content-sha256": (values, body) =>
    values.every((value) => /^[0-9a-f]{64}$/i.test(value)) ? digest("sha256", body, "hex") : values.join(","),
  // RFC 9530: structured dictionaries; a request's content and its representation are the same bytes, content codings
  // included.
  "content-digest": (values, body) => formatDigests(values, body, (value) => `:${value}:`),
  "repr-digest": (values, body) => formatDigests(values, body, (value) => `:${value}:`),
  // RFC 3230, obsolete but in use.
  digest: (values, body) => formatDigests(values, body, (value) => value),
};

/**
 * S3's checksums of the body, x-goog-hash, and digests of what the body is without its content codings: dropped, since
 * nobody needs them.
 */
const droppedPattern =
  /^(?:x-amz-checksum-.+|x-amz-sdk-checksum-algorithm|x-goog-hash|unencoded-digest|identity-digest)$/;

/** The header fields for a body that was changed: digests computed anew, or removed. */
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
