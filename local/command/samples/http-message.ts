/** Raw HTTP/1.1 requests. */
import { type SentRequest, targetOf } from "./sent-request.ts";

/** Matches a request line of HTTP/1.0 or 1.1 at the beginning of a text. */
export const requestLine = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP\/1\.[01]\r?\n/;

/** The most bytes of a request line. */
export const longestRequestLine = 8_300;

/** A content is not an HTTP/1.1 request. The message says why, without a word of the content. */
export class MalformedHttp extends Error {}

/**
 * Parses a raw HTTP/1.1 request (RFC 9112). Lines may end in LF alone, as editors save them. Throws MalformedHttp.
 */
export function parseHttpMessage(content: Buffer): SentRequest {
  const text = content.toString("latin1");
  const blank = /\r?\n\r?\n/.exec(text);
  const head = blank === null ? text : text.slice(0, blank.index);
  const [start = "", ...lines] = head.replace(/\r?\n$/, "").split(/\r?\n/);
  const [method = "", target = ""] = start.split(" ");
  const headers = lines.map((line): readonly [string, string] => {
    const [, header, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (header === undefined || value === undefined)
      throw new MalformedHttp('A line of its head does not have the form "Name: value".');
    return [header, value];
  });
  const sent = blank === null ? Buffer.alloc(0) : content.subarray(blank.index + blank[0].length);
  return { method, target: targetOf(target), headers, body: readContent(sent, headers) };
}

function readContent(sent: Buffer, headers: SentRequest["headers"]): Buffer {
  const valueOf = (header: string): string | undefined => headers.find(([each]) => each.toLowerCase() === header)?.[1];
  if (valueOf("transfer-encoding")?.toLowerCase() === "chunked") return joinChunks(sent);
  const length = Number(valueOf("content-length") ?? sent.length);
  // Editors add a line feed at the end. People edit a body but not its length, so all but that line feed is the body.
  return /^\r?\n$/.test(sent.toString("latin1", length, length + 3)) ? sent.subarray(0, length) : sent;
}

/** The chunked transfer coding (RFC 9112, section 7.1). */
function joinChunks(sent: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const line = /^([0-9a-f]{1,8})[^\r\n]*\r?\n/i.exec(sent.toString("latin1", at, at + 1_000));
    if (line === null) throw new MalformedHttp("A chunk of its body does not begin with its size.");
    const length = Number.parseInt(line[1] ?? "", 16);
    if (length === 0) return Buffer.concat(chunks);
    const start = at + line[0].length;
    chunks.push(sent.subarray(start, start + length));
    at = start + length + (/^\r?\n/.exec(sent.toString("latin1", start + length, start + length + 2))?.[0].length ?? 0);
  }
}
