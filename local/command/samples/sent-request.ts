/** A request as a client sends it, and as the edge function sees it. */
import { type EdgeRequest, parseEvent } from "../../../edge/event.ts";
import { writeEvent } from "../../cloudfront/event.ts";

/** A request as a client sends it. */
export interface SentRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/**
 * The request as the edge function sees it: it reads the event that CloudFront makes, without the headers that
 * CloudFront hides from functions.
 */
export function readSentRequest({ method, target, headers, body }: SentRequest): EdgeRequest {
  const event = writeEvent(
    { clientIp: "192.0.2.1", method, target, rawHeaders: headers.flat(), body },
    {
      requestId: "sample",
      distribution: {
        domainName: "d111111abcdef8.cloudfront.net",
        id: "EDFDVBD6EXAMPLE",
        origin: new URL("https://origin.example"),
      },
    },
  );
  return parseEvent(event);
}

/** The path and query of a URL, unchanged: the class `URL` would normalise the path. */
export function targetOf(address: string): string {
  const target = address.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/#.*$/s, "");
  return target.startsWith("/") ? target : `/${target}`;
}
