/** Starting and stopping a server of the local system: where it listens, and why it cannot. */

import type { Server } from "node:http";

/** A server that listens. */
export interface Listening {
  /** The address without a slash at its end, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops listening and ends every connection, idle or not. May be called again. */
  close(): Promise<void>;
}

/** Where a part of the local system listens. */
export interface Place {
  /** What the operator calls it: "CloudFront", "KMS" … It opens the message of every error. */
  readonly part: string;
  /** `127.0.0.1` unless told otherwise: the local system is not meant to be reached from elsewhere. */
  readonly host?: string | undefined;
  /** 0 takes any free port; the port taken is in `url`. */
  readonly port: number;
}

/** Listens, or rejects with an Error that says which part wanted which port, and whether that port is taken. */
export function listen(server: Server, place: Place): Promise<Listening> {
  const { host = "127.0.0.1", port } = place;
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) => reject(new Error(formatRefusal({ ...place, host }, cause)));
    server.once("error", refuse);
    server.listen(port, host, () => {
      server.off("error", refuse);
      resolve({ url: formatUrl(host, readPort(server)), close: () => close(server) });
    });
  });
}

function formatRefusal({ part, host, port }: Place, cause: Error): string {
  const code = "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE") return `${part}: port ${port} on ${host} is taken.`;
  return `${part}: cannot listen on port ${port} on ${host} (${typeof code === "string" ? code : cause.name}).`;
}

/** The address of a host and port: an IPv6 host goes into brackets (RFC 3986 section 3.2.2). */
export function formatUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function readPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a listening server has a port");
  return address.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // The callback's error only says that the server was closed before.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
