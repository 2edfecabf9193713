/**
 * Amazon Data Firehose's data transformation: each record comes back once, restored or as failed. Records that CloudWatch
 * Logs put in, which are compressed, are compressed again.
 * Source: Amazon Data Firehose Developer Guide, "Transform source data".
 */
import { applyCodings, parseContentCodings, undoCodings } from "../../core/content-coding.ts";
import type { EncryptedText } from "../../core/decryption.ts";
import { type ErrorCode, FieldsealError } from "../../core/errors.ts";
import { isRecord } from "../../core/shape.ts";
import { type Caller, invalid, openTexts, type Result } from "./caller.ts";

/** Lambda gives no more than 6 MB back; what is over it is delivered again by way of the failed records. */
const mostAnswered = 5_900_000;
const mostDecoded = 20_000_000;

const gzip = parseContentCodings(["gzip"]);

/** Firehose calls again when an invocation fails, which helps with these. */
const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["kms_throttled", "kms_unavailable"]);

export const firehose: Caller = {
  name: "firehose",
  shape: "Firehose's records for transformation: invocationId and records with recordId and data",
  recognizes: ({ invocationId, records }) => typeof invocationId === "string" && Array.isArray(records) && records.every((record) => isRecord(record) && typeof record["recordId"] === "string"),
  handle: openTexts((event, { onFailure }) => {
    const records = (event["records"] as readonly unknown[]).map((record) => readRecord(record, onFailure));
    const texts = records.flatMap(({ text }) => (text === undefined ? [] : [text]));
    return {
      texts,
      answer: (results) => {
        const left = [...results];
        let answered = 0;
        return {
          records: records.map(({ recordId, member, data, text, gzipped }) => {
            const restored = text === undefined ? undefined : writeData(left.shift(), gzipped);
            answered += (restored ?? data).length;
            const failed = restored === undefined || answered > mostAnswered;
            return { recordId, result: failed ? "ProcessingFailed" : "Ok", [member]: failed ? data : restored };
          }),
        };
      },
    };
  }),
};

interface FirehoseRecord {
  readonly recordId: string;
  /** Where the data stands; records of Amazon MSK have a name of their own for it. */
  readonly member: "data" | "kafkaRecordValue";
  readonly data: string;
  /** `undefined` for what cannot be unpacked. */
  readonly text: EncryptedText | undefined;
  readonly gzipped: boolean;
}

function readRecord(record: unknown, onFailure: EncryptedText["onFailure"]): FirehoseRecord {
  const { recordId, data, kafkaRecordValue } = isRecord(record) ? record : {};
  const value = data ?? kafkaRecordValue;
  if (typeof recordId !== "string" || typeof value !== "string") throw invalid("A record has recordId and data.");
  const bytes = Buffer.from(value, "base64");
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const body = gzipped ? unpack(bytes) : bytes;
  return { recordId, member: data === undefined ? "kafkaRecordValue" : "data", data: value, gzipped, text: body && { body, contentType: undefined, onFailure } };
}

function unpack(bytes: Buffer): Buffer | undefined {
  try {
    return undoCodings(bytes, gzip, mostDecoded);
  } catch {
    return undefined;
  }
}

/** A restored record's data; `undefined` for one that failed. Throws what another try may mend. */
function writeData(result: Result | undefined, gzipped: boolean): string | undefined {
  if (result instanceof FieldsealError && passing.has(result.code)) throw result;
  if (result === undefined || result instanceof FieldsealError) return undefined;
  return applyCodings(result.body, gzipped ? gzip : []).toString("base64");
}
