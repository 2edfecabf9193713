/** Policies, events and keys for tests of the edge function and of what it calls. */
import { privateDecrypt } from "node:crypto";
import { isRecord } from "../../core/config/config-value.ts";
import { type DecryptedText, decryptBody, type EncryptedText } from "../../core/decrypt/decrypt-texts.ts";
import { parseReader } from "../../core/decrypt/reader/reader.ts";
import { FieldsealError } from "../../core/errors.ts";
import { allModules } from "../../core/policy/all-modules.ts";
import { type CompiledPolicy, loadPolicy, type Policy } from "../../core/policy/policy.ts";
import { compilePolicy } from "../../core/policy-check/check-policy.ts";
import { createHandler, type EdgeResult } from "../../edge/handler.ts";
import type { Report } from "../../edge/report.ts";
import { nextPrivateKeyPem, publicKeyPemOf } from "./rsa-keys.ts";

export interface TestKey {
  readonly id: string;
  readonly keyArn: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly publicKeyPem: string;
  readonly privateKeyPem: string;
}

export function makeTestKey(id: string, modulusLength = 2048): TestKey {
  const privateKeyPem = nextPrivateKeyPem(modulusLength);
  return {
    id,
    keyArn: `arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-0000000000${id}`,
    prefix: `#${id}#`,
    suffix: `#${[...id].reverse().join("")}#`,
    publicKeyPem: publicKeyPemOf(privateKeyPem),
    privateKeyPem,
  };
}

export const keys = [makeTestKey("01"), makeTestKey("02")] as const;

/** A policy over the two test keys; rules without a path cover `/people`. */
export function makePolicy(rules: readonly object[], settings: object = {}): Policy {
  return loadPolicy(compileTestPolicy(rules, settings), allModules);
}

/** The same, before it is loaded. */
export function compileTestPolicy(rules: readonly object[], settings: object = {}): CompiledPolicy {
  const source = {
    version: 1,
    otherwise: "pass",
    recipients: keys.map(({ id, keyArn, prefix, suffix }) => ({
      id,
      keyArn,
      prefix,
      suffix,
      publicKeyFile: `${id}.pem`,
    })),
    rules: rules.map((rule) => ({ path: "/people", recipient: "01", ...rule })),
    ...settings,
  };
  const compiled = compilePolicy(source, new Map(keys.map(({ id, publicKeyPem }) => [id, publicKeyPem])));
  // A bundle holds the policy as JSON.
  return JSON.parse(JSON.stringify(compiled));
}

export interface EventParts {
  readonly method?: string;
  readonly uri?: string;
  readonly querystring?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  readonly inputTruncated?: boolean;
}

/** An origin-request event with every member that AWS documents. */
export function makeEvent(parts: EventParts = {}) {
  const { method = "POST", uri = "/people", querystring = "", body, inputTruncated = false } = parts;
  const headers = { host: "d111111abcdef8.cloudfront.net", "content-type": "application/json", ...parts.headers };
  return {
    Records: [
      {
        cf: {
          config: {
            distributionDomainName: "d111111abcdef8.cloudfront.net",
            distributionId: "EDFDVBD6EXAMPLE",
            eventType: "origin-request",
            requestId: "request-id-1",
          },
          request: {
            clientIp: "203.0.113.178",
            method,
            uri,
            querystring,
            headers: Object.fromEntries(
              Object.entries(headers).map(([name, values]) => [
                name,
                [values]
                  .flat()
                  .map((value) => ({ key: name.replace(/(^|-)./g, (start) => start.toUpperCase()), value })),
              ]),
            ),
            origin: {
              custom: {
                customHeaders: {},
                domainName: "example.org",
                keepaliveTimeout: 5,
                path: "",
                port: 443,
                protocol: "https",
                readTimeout: 30,
                sslProtocols: ["TLSv1.2"],
              },
            },
            ...(body === undefined
              ? {}
              : {
                  body: {
                    inputTruncated,
                    action: "read-only",
                    encoding: "base64",
                    data: Buffer.from(body).toString("base64"),
                  },
                }),
          },
        },
      },
    ],
  };
}

export interface Answer {
  readonly result: EdgeResult;
  /** What was logged. */
  readonly lines: readonly string[];
  /** The body that goes to the origin: as it came where it is not replaced. */
  readonly body: string;
  /** `undefined` where the request goes on. */
  readonly status: string | undefined;
  readonly code: string | undefined;
}

export async function callEdge(policy: Policy, event: unknown, reports: readonly Report[] = []): Promise<Answer> {
  const lines: string[] = [];
  const result = await createHandler(policy, (line) => lines.push(line), reports)(event);
  const { status, body }: { readonly status?: unknown; readonly body?: unknown } = result;
  if (typeof status === "string") {
    const problem: unknown = JSON.parse(String(body));
    const code = isRecord(problem) ? String(problem["code"]) : undefined;
    return { result, lines, body: "", status, code };
  }
  const data = isRecord(body) ? String(body["data"]) : "";
  return { result, lines, body: Buffer.from(data, "base64").toString("utf8"), status: undefined, code: undefined };
}

export interface Opened extends Omit<DecryptedText, "body"> {
  readonly body: string;
  readonly bytes: Buffer;
}

/** Opens tokens with the private keys of the test, as KMS would. */
export async function openTokens({
  body,
  contentType = "application/json",
  onFailure = "fail",
}: {
  readonly body: string | Buffer;
  readonly contentType?: string;
  readonly onFailure?: EncryptedText["onFailure"];
}): Promise<Opened> {
  const reader = parseReader({
    reader: "test",
    recipients: keys.map(({ id, keyArn, prefix, suffix }) => ({ id, keyArn, prefix, suffix })),
    open: keys.map(({ id }) => id),
    limits: { tokens: 100_000, depth: 4_000 },
  });
  const result = await decryptBody({ body: Buffer.from(body), contentType, onFailure }, reader, async (requests) =>
    requests.map(({ keyArn, ciphertext }) => {
      const key = keys.find((candidate) => candidate.keyArn === keyArn);
      try {
        return privateDecrypt({ key: key?.privateKeyPem ?? "", oaepHash: "sha256" }, ciphertext);
      } catch {
        return new FieldsealError("token_invalid");
      }
    }),
  );
  return { ...result, body: result.body.toString("utf8"), bytes: result.body };
}
