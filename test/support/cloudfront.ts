/** A CloudFront simulator for the tests of a file, between a client and an origin that notes what it gets. */
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { connect } from "node:net";
import { afterEach } from "@jest/globals";
import type { EventRequest, OriginRequestEvent } from "../../local/cloudfront/event.ts";
import { type CloudFrontLogEntry, type CloudFrontOptions, startCloudFront } from "../../local/cloudfront/server.ts";
import type { LambdaFunction } from "../../local/invocation.ts";
import { listen } from "../../local/listen.ts";
import { readMessageBody } from "../../local/message-body.ts";

/** A request as the origin got it. */
export interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** The running simulator. */
export interface StartedCloudFront {
  readonly url: string;
  readonly received: Received[];
  readonly log: CloudFrontLogEntry[];
}

/** Options of the simulator, and how the origin answers. */
export type CloudFrontSetting = Partial<CloudFrontOptions> & { answer?: RequestListener };

/** A function that starts a simulator; each test's end closes what it started. */
export function useCloudFront(): (handler: LambdaFunction, setting?: CloudFrontSetting) => Promise<StartedCloudFront> {
  const open: { readonly close: () => Promise<void> }[] = [];
  afterEach(async () => {
    for (const server of open.splice(0)) await server.close();
  });
  return async (handler, { answer, ...options } = {}) => {
    const received: Received[] = [];
    const log: CloudFrontLogEntry[] = [];
    const server = createServer({ maxHeaderSize: 65_536 }, async (request, response) => {
      const { method, url, headers, rawHeaders } = request;
      const body = await readMessageBody(request, Infinity);
      received.push({ method, url, headers, rawHeaders, body: body?.toString("latin1") ?? "" });
      if (answer === undefined) response.end("from the origin");
      else answer(request, response);
    });
    const origin = await listen(server, { part: "Origin", port: 0 });
    open.push(origin);
    const own: CloudFrontOptions = { port: 0, handler, originUrl: origin.url, log: (entry) => log.push(entry) };
    const simulator = await startCloudFront({ ...own, ...options });
    open.push(simulator);
    return { url: simulator.url, received, log };
  };
}

/** The request of an event. */
export const readRequest = (event: unknown): EventRequest => (event as OriginRequestEvent).Records[0].cf.request;

/** A function that returns the request as it got it. */
export const pass: LambdaFunction = async (event) => readRequest(event);

/** A function that replaces the body by a text. */
export const replace =
  (data: string): LambdaFunction =>
  async (event) => ({ ...readRequest(event), body: { action: "replace", encoding: "text", data } });

/** Sends a message as it stands and gives all that comes back until the server hangs up. */
export async function sendRaw(url: string, message: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(message, "latin1");
  return (await readMessageBody(socket, Infinity))?.toString("latin1") ?? "";
}
