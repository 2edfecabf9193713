/** Makes CloudFront's origin-request event from a viewer's request ("Lambda\@Edge event structure"). */

import { findDisallowed, type HeaderEntry, type Headers } from "./headers.ts";
import { cloudFrontLimits, type Limits } from "./limits.ts";

/** A viewer's request as received. */
export interface ViewerRequest {
  readonly clientIp: string;
  readonly method: string;
  /** Path and query as on the request line (origin form, RFC 9112, section 3.2.1). */
  readonly target: string;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** The simulated distribution and its one origin. */
export interface Distribution {
  readonly domainName: string;
  readonly id: string;
  readonly origin: URL;
}

/** The body that a function sees, in base64, cut at the limit. */
export interface EventBody {
  readonly inputTruncated: boolean;
  readonly action: "read-only";
  readonly encoding: "base64";
  readonly data: string;
}

/** The origin in an event. Timeouts are in seconds. */
export interface CustomOrigin {
  readonly customHeaders: Headers;
  readonly domainName: string;
  readonly keepaliveTimeout: number;
  /** The prefix of `uri`: empty, or a path that begins with a slash and does not end in one. */
  readonly path: string;
  readonly port: number;
  readonly protocol: "http" | "https";
  readonly readTimeout: number;
  readonly sslProtocols: readonly string[];
}

/** The request in an event. */
export interface EventRequest {
  readonly clientIp: string;
  readonly method: string;
  readonly uri: string;
  readonly querystring: string;
  readonly headers: Headers;
  /** Present for methods that can have a body, even if it is empty. */
  readonly body?: EventBody;
  readonly origin: { readonly custom: CustomOrigin };
}

/** The event of an origin-request function. It always has one record. */
export interface OriginRequestEvent {
  readonly Records: readonly [
    {
      readonly cf: {
        readonly config: {
          readonly distributionDomainName: string;
          readonly distributionId: string;
          readonly eventType: "origin-request";
          readonly requestId: string;
        };
        readonly request: EventRequest;
      };
    },
  ];
}

/** What an event holds besides the request. */
export interface EventSetting {
  readonly distribution: Distribution;
  readonly requestId: string;
  readonly limits?: Limits;
}

/** The methods whose body a function sees. The body of another method reaches the origin unseen. */
const methodsWithBody: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH", "DELETE"]);

/** Headers that CloudFront removes from a viewer's request, although a function may add them. */
const removedHeaders: ReadonlySet<string> = new Set(["te", "x-http-method-override"]);

/**
 * The event for one request, under the origin request policy AllViewerExceptHostHeader, which forwards all query
 * strings and every header except Host. It does not normalise or decode the target.
 */
export function writeEvent(viewer: ViewerRequest, setting: EventSetting): OriginRequestEvent {
  const { distribution, requestId, limits = cloudFrontLimits } = setting;
  const [uri, querystring] = splitTarget(viewer.target);
  const request: EventRequest = {
    clientIp: viewer.clientIp,
    method: viewer.method,
    uri,
    querystring,
    headers: writeHeaders(viewer, distribution),
    ...(methodsWithBody.has(viewer.method) ? { body: writeBody(viewer.body, limits) } : {}),
    origin: { custom: writeOrigin(distribution.origin) },
  };
  const config = {
    distributionDomainName: distribution.domainName,
    distributionId: distribution.id,
    eventType: "origin-request",
    requestId,
  } as const;
  return { Records: [{ cf: { config, request } }] };
}

function splitTarget(target: string): readonly [uri: string, querystring: string] {
  const mark = target.indexOf("?");
  return mark === -1 ? [target, ""] : [target.slice(0, mark), target.slice(mark + 1)];
}

function writeBody(body: Buffer, { shownBodyBytes }: Limits): EventBody {
  return {
    inputTruncated: body.length > shownBodyBytes,
    action: "read-only",
    encoding: "base64",
    data: body.toString("base64", 0, shownBodyBytes),
  };
}

function writeHeaders({ rawHeaders, clientIp }: ViewerRequest, { domainName, origin }: Distribution): Headers {
  // A Map, since a viewer can send a header called `__proto__`.
  const headers = new Map<string, readonly HeaderEntry[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [key, value] = rawHeaders.slice(at, at + 2);
    if (key === undefined || value === undefined) continue;
    const name = key.toLowerCase();
    if (findDisallowed(name) !== undefined || removedHeaders.has(name)) continue;
    headers.set(name, [...(headers.get(name) ?? []), { key, value }]);
  }
  appendToList(headers, "X-Forwarded-For", clientIp);
  appendToList(headers, "Via", `1.1 ${domainName} (CloudFront)`);
  headers.set("host", [{ key: "Host", value: origin.host }]);
  return Object.fromEntries(headers);
}

/** Appends to the list of a header, and joins its lines into one, as CloudFront does. */
function appendToList(headers: Map<string, readonly HeaderEntry[]>, key: string, value: string): void {
  const before = headers.get(key.toLowerCase()) ?? [];
  headers.set(key.toLowerCase(), [{ key, value: [...before.map((entry) => entry.value), value].join(", ") }]);
}

function writeOrigin(origin: URL): CustomOrigin {
  const protocol = origin.protocol === "https:" ? "https" : "http";
  return {
    customHeaders: {},
    domainName: origin.hostname,
    keepaliveTimeout: 5,
    path: origin.pathname.replace(/\/+$/, ""),
    port: origin.port === "" ? { http: 80, https: 443 }[protocol] : Number(origin.port),
    protocol,
    readTimeout: 30,
    sslProtocols: ["TLSv1.2"],
  };
}
