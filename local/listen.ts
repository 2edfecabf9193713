/** Starting and stopping a server of the local system: where it listens, and why it cannot. */

import type { Server } from "node:http";

/** A server that listens. */
export interface Listening {
  /** The address without a slash at its end, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops listening and ends every connection, idle or not. May be called again. */
  readonly close: () => Promise<void>;
}

/** Where a part of the local system is to listen. */
export interface ServerAddress {
  /** The operator's name of the part, such as "CloudFront": each error message begins with it. */
  readonly part: string;
  /** `127.0.0.1` by default, so that no other machine reaches the local system. */
  readonly host?: string | undefined;
  /** 0 takes any free port; the port taken is in `url`. */
  readonly port: number;
}

/** Makes a server listen. Rejects with an Error that names the part and the port, and says whether it is taken. */
export function listen(server: Server, address: ServerAddress): Promise<Listening> {
  const { host = "127.0.0.1", port } = address;
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error) => reject(new Error(formatRefusal({ ...address, host }, cause)));
    server.once("error", refuse);
    server.listen(port, host, () => {
      server.off("error", refuse);
      resolve({ url: formatUrl(host, readPort(server)), close: () => close(server) });
    });
  });
}

function formatRefusal({ part, host, port }: ServerAddress, cause: Error): string {
  const code = "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE") return `${part}: port ${port} on ${host} is taken.`;
  return `${part}: cannot listen on port ${port} on ${host} (${typeof code === "string" ? code : cause.name}).`;
}

/** The address of a host and port: an IPv6 host goes into brackets (RFC 3986 section 3.2.2). */
export function formatUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function readPort(server: Server): number {
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("a listening server has a port");
  return bound.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // The callback's error only says that the server was closed before.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
