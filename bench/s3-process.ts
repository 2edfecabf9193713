/**
 * Runs a local S3 in a process of its own, so that its memory does not count as the decryptor's. It holds one object of
 * lines.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { isRecord } from "../core/config/config-value.ts";
import { startS3 } from "../local/s3/server.ts";

/** The running S3. */
export interface S3Process {
  readonly url: string;
  stop(): void;
}

/** Starts an S3 whose bucket `source` has the object `lines.ndjson`: a line, repeated up to `byteCount` bytes. */
export async function startS3Process(line: string, byteCount: number): Promise<S3Process> {
  const child = fork(import.meta.filename, { serialization: "json" });
  const answered = once(child, "message");
  child.send({ line, byteCount });
  const [answer]: unknown[] = await answered;
  return { url: String(isRecord(answer) ? answer["url"] : ""), stop: () => child.kill() };
}

async function serve(): Promise<void> {
  const [setting]: unknown[] = await once(process, "message");
  if (!isRecord(setting)) return;
  const line = String(setting["line"]);
  const s3 = await startS3({ port: 0 });
  s3.putObject(
    "source",
    "lines.ndjson",
    Buffer.from(line.repeat(Math.ceil(Number(setting["byteCount"]) / line.length)), "utf8"),
  );
  process.send?.({ url: s3.url });
}

if (process.send !== undefined && process.argv[1] === import.meta.filename) await serve();
