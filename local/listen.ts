/** Starts and stops the servers of the local system. */

import type { Server } from "node:http";

/** A server that listens. */
export interface Listening {
  /** The URL without a slash at its end, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Stops listening and ends every connection, idle or not. It may be called again. */
  readonly close: () => Promise<void>;
}

/** The address on which a part of the local system listens. */
export interface ServerAddress {
  /** The name of the part, such as "CloudFront". Each error message begins with it. */
  readonly part: string;
  /** Default: `127.0.0.1`, which no other machine reaches. */
  readonly host?: string | undefined;
  /** 0 for any free port; `url` shows which. */
  readonly port: number;
}

/** Makes a server listen. Rejects with an Error that names the part, the port and the reason. */
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
  if (code === "EADDRINUSE") return `${part}: port ${port} on ${host} is in use. Choose another port.`;
  return `${part}: cannot listen on port ${port} on ${host} (${typeof code === "string" ? code : cause.name}).`;
}

/** The URL of a host and port, with brackets around an IPv6 host (RFC 3986, section 3.2.2). */
export function formatUrl(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function readPort(server: Server): number {
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new TypeError("The server does not listen on a port.");
  return bound.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // The callback's error only says that the server is closed already.
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
