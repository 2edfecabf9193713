/**
 * HTTP: API Gateway's REST and HTTP APIs with Lambda proxy integration, and Lambda function URLs.
 * Source: API Gateway Developer Guide, "Lambda proxy integrations"; Lambda Developer Guide, "Invoking function URLs".
 */

import { isRecord } from "../../core/config/config-value.ts";
import type { Reader } from "../../core/decrypt/reader/reader.ts";
import { describeCode, type ErrorCode } from "../../core/errors.ts";
import { applyCodings, parseContentCodings, undoCodings } from "../../core/text/content-coding.ts";
import {
  type Call,
  type Caller,
  decodeBase64,
  type Event,
  invalid,
  openTexts,
  type Result,
  requireOpened,
  requirePurpose,
} from "./caller.ts";
import { isSnowflake, parseSnowflake } from "./snowflake.ts";

/** Answers with the restored body as the response. A failed call gets problem details (RFC 9457). */
export const http: Caller = {
  name: "http",
  shape:
    "an HTTP request of API Gateway or of a function URL " +
    "(headers, body, and requestContext with httpMethod, or with http in version 2.0)",
  // Authorizers get the request too, and the events of load balancers look almost like these.
  recognizes: ({ requestContext, httpMethod, version, methodArn, routeArn }) =>
    isRecord(requestContext) &&
    methodArn === undefined &&
    routeArn === undefined &&
    (version === "2.0"
      ? isRecord(requestContext["http"])
      : typeof httpMethod === "string" && !Object.hasOwn(requestContext, "elb")),
  handle: openTexts((event, reader) => {
    const headers = readHeaders(event);
    const body = decodeRequestBody(event, headers);
    return isSnowflake(headers)
      ? parseSnowflake(body, reader)
      : parseRequest(body, headers, reader, decodesResponses(event));
  }),
  refuse: (error, event) => {
    const { code } = error;
    const statusCode = statuses[code] ?? 500;
    const context = event["requestContext"];
    const requestId =
      isRecord(context) && typeof context["requestId"] === "string" ? { requestId: context["requestId"] } : {};
    const problem = {
      type: "about:blank",
      title: titles[statusCode],
      status: statusCode,
      code,
      detail: describeCode(code),
      ...requestId,
    };
    const retry = statusCode === 503 ? { "retry-after": "1" } : {};
    return {
      statusCode,
      headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...retry },
      body: JSON.stringify(problem),
      isBase64Encoded: false,
    };
  },
};

/** Status codes of errors that a client can act on. All other errors are 500. */
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  request_invalid: 400,
  body_malformed: 400,
  body_ambiguous: 400,
  body_not_utf8: 400,
  too_deep: 400,
  charset_unsupported: 415,
  content_coding_unsupported: 415,
  content_coding_malformed: 400,
  decoded_too_large: 413,
  response_too_large: 413,
  too_complex: 413,
  too_many_tokens: 413,
  too_many_pseudonyms: 413,
  label_mismatch: 422,
  token_damaged: 422,
  token_invalid: 422,
  value_unwritable: 422,
  kms_throttled: 503,
  kms_unavailable: 503,
  out_of_time: 503,
};

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** The most bytes of a body without its content coding. Lambda takes at most 6 MB of a compressed body. */
const maxDecodedBytes = 20_000_000;

const gzip = parseContentCodings(["gzip"]);

type Headers = ReadonlyMap<string, string>;

/** Header fields by name in lower case. REST APIs give repeated fields in a member of their own. */
function readHeaders({ headers, multiValueHeaders }: Event): Headers {
  const repeated = Object.entries(fieldsOf(multiValueHeaders)).map(
    ([name, values]) => [name, Array.isArray(values) ? values.join(", ") : values] as const,
  );
  const fields = [...Object.entries(fieldsOf(headers)), ...repeated];
  return new Map(
    fields.flatMap(([name, value]) => (typeof value === "string" ? [[name.toLowerCase(), value] as const] : [])),
  );
}

function fieldsOf(headers: unknown): Readonly<Record<string, unknown>> {
  if (headers === null || headers === undefined) return {};
  if (!isRecord(headers)) throw invalid("headers must be an object.");
  return headers;
}

function decodeRequestBody({ body, isBase64Encoded }: Event, headers: Headers): Buffer {
  if (typeof body !== "string") throw invalid("The request must have a body.");
  if (isBase64Encoded !== true && !body.isWellFormed()) throw invalid("The body must not hold lone surrogates.");
  const bytes = isBase64Encoded === true ? decodeBase64(body, "The body") : Buffer.from(body, "utf8");
  const coding = headers.get("content-encoding");
  return coding === undefined ? bytes : undoCodings(bytes, parseContentCodings([coding]), maxDecodedBytes);
}

/**
 * True if the gateway decodes the base64 body of a response. REST APIs do so only for their binary media types; their
 * events have no version.
 */
function decodesResponses({ version }: Event): boolean {
  return version !== undefined;
}

function parseRequest(body: Buffer, headers: Headers, reader: Reader, mayCompress: boolean): Call {
  const contentType = headers.get("content-type");
  const onFailure = headers.get("fieldseal-on-failure") ?? reader.onFailure;
  if (onFailure !== "fail" && onFailure !== "keep") throw invalid('fieldseal-on-failure must be "fail" or "keep".');
  const purpose = headers.get("fieldseal-purpose");
  return {
    ...(purpose === undefined ? {} : { purpose: requirePurpose(purpose) }),
    texts: [{ body, contentType, onFailure }],
    answer: ([result]) => writeResponse(result, contentType, mayCompress && acceptsGzip(headers)),
  };
}

/** True if Accept-Encoding names gzip with a weight above 0 (RFC 9110, section 12.5.3). */
function acceptsGzip(headers: Headers): boolean {
  return (headers.get("accept-encoding") ?? "")
    .split(",")
    .some((each) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[0-9.]+\s*)?$/i.test(each));
}

const plainText = "text/plain; charset=utf-8";

/** The content type with the charset UTF-8: restored values are UTF-8, whatever charset the tokens came in. */
function withUtf8(contentType: string): string {
  return contentType.replace(/(;[ \t]*charset=)(?!"?utf-8"?(?:[ \t;]|$))(?:"[^"]*"|[^;\s]*)/i, "$1utf-8");
}

/** The fewest bytes of a body that is worth compressing. */
const minCompressedBytes = 1_024;

function writeResponse(result: Result | undefined, contentType: string | undefined, mayCompress: boolean): unknown {
  const { body, found, opened, withheld, failed } = requireOpened(result);
  const text = body.toString("utf8");
  const compress = mayCompress && body.length >= minCompressedBytes;
  const isText = !compress && Buffer.from(text, "utf8").equals(body);
  return {
    statusCode: 200,
    headers: {
      "content-type": opened > 0 ? withUtf8(contentType ?? plainText) : (contentType ?? plainText),
      "cache-control": "no-store",
      vary: "accept-encoding",
      ...(compress ? { "content-encoding": "gzip" } : {}),
      "fieldseal-found": String(found),
      "fieldseal-opened": String(opened),
      "fieldseal-withheld": String(withheld.length),
      "fieldseal-failed": String(failed.length),
    },
    body: isText ? text : (compress ? applyCodings(body, gzip) : body).toString("base64"),
    isBase64Encoded: !isText,
  };
}
